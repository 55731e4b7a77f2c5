/** The pages and their addresses after `#`. Pure. */

export type Route =
  | { page: 'desk' }
  | { page: 'board' }
  | { page: 'tasks' }
  | { page: 'contacts'; interaction: string | null }
  | { page: 'link'; token: string };

export function routeOf(hash: string): Route {
  const [, page, rest] = /^#\/([a-z]*)(?:\/(.*))?$/.exec(hash) ?? [];
  switch (page) {
    case 'board':
      return { page: 'board' };
    case 'tasks':
      return { page: 'tasks' };
    case 'contacts':
      return { page: 'contacts', interaction: rest ? decode(rest) : null };
    case 'link':
      return { page: 'link', token: decode(rest ?? '') };
    default:
      return { page: 'desk' };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
