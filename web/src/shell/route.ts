/** The pages and their addresses after `#`. Pure. */

export type Route =
  | { page: 'desk' }
  | { page: 'board' }
  | { page: 'tasks' }
  | { page: 'contacts'; interaction: string | null }
  | { page: 'rules'; queue: string | null }
  | { page: 'figures' }
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
    case 'rules':
      return { page: 'rules', queue: rest ? decode(rest) : null };
    case 'figures':
      return { page: 'figures' };
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
