/** The pages and their addresses after `#`. Pure. */

import type { Me } from '../api/wire';

export interface Page {
  name: Route['page'];
  to: string;
  /** Of the texts. */
  label: string;
}

const DESK: Page = { name: 'desk', to: '#/', label: 'page-desk' };
const BOARD: Page = { name: 'board', to: '#/board', label: 'page-board' };
const EVERYBODY: readonly Page[] = [
  { name: 'contacts', to: '#/contacts', label: 'page-contacts' },
  { name: 'customers', to: '#/customers', label: 'page-customers' },
  { name: 'records', to: '#/records', label: 'page-records' },
  { name: 'tasks', to: '#/tasks', label: 'page-tasks' },
  { name: 'quality', to: '#/quality', label: 'page-quality' },
];
const SUPERVISORS: readonly Page[] = [
  { name: 'campaigns', to: '#/campaigns', label: 'page-campaigns' },
  { name: 'figures', to: '#/figures', label: 'page-figures' },
  { name: 'reports', to: '#/reports', label: 'page-reports' },
  { name: 'rules', to: '#/rules', label: 'page-rules' },
];
const ADMINISTRATORS: readonly Page[] = [
  { name: 'setup', to: '#/setup', label: 'page-setup' },
  { name: 'kinds', to: '#/kinds', label: 'page-kinds' },
  { name: 'tokens', to: '#/tokens', label: 'page-tokens' },
];

/** The pages somebody may open, in the order of the bar. */
export function pagesOf({ agent, role }: Pick<Me, 'agent' | 'role'>): Page[] {
  const supervises = role !== 'agent';
  return [
    ...(agent ? [DESK] : []),
    ...(supervises ? [BOARD] : []),
    ...EVERYBODY,
    ...(supervises ? SUPERVISORS : []),
    ...(role === 'admin' ? ADMINISTRATORS : []),
  ];
}

export type Route =
  | { page: 'desk' }
  | { page: 'board' }
  | { page: 'wall' }
  | { page: 'tasks' }
  | { page: 'quality'; evaluation: number | null }
  | { page: 'contacts'; interaction: string | null }
  | { page: 'customers'; customer: number | null }
  | { page: 'records'; kind: string | null; record: number | 'new' | 'import' | null; query: string }
  | { page: 'kinds'; kind: string | null }
  /** `queue`, `queue/vip`, `queue/~new`. */
  | { page: 'setup'; path: string }
  | { page: 'tokens' }
  | { page: 'rules'; queue: string | null }
  | { page: 'campaigns' }
  | { page: 'figures' }
  | { page: 'reports'; key: string | null }
  | { page: 'link'; token: string };

export function routeOf(hash: string): Route {
  const [, page, rest] = /^#\/([a-z]*)(?:\/(.*))?$/.exec(hash) ?? [];
  switch (page) {
    case 'board':
      return { page: 'board' };
    case 'wall':
      return { page: 'wall' };
    case 'tasks':
      return { page: 'tasks' };
    case 'quality':
      return { page: 'quality', evaluation: /^\d+$/.test(rest ?? '') ? Number(rest) : null };
    case 'contacts':
      return { page: 'contacts', interaction: rest ? decode(rest) : null };
    case 'customers':
      return { page: 'customers', customer: /^\d+$/.test(rest ?? '') ? Number(rest) : null };
    case 'records':
      return recordsOf(rest ?? '');
    case 'kinds':
      return { page: 'kinds', kind: rest ? decode(rest) : null };
    case 'setup':
      return { page: 'setup', path: rest ?? '' };
    case 'tokens':
      return { page: 'tokens' };
    case 'rules':
      return { page: 'rules', queue: rest ? decode(rest) : null };
    case 'campaigns':
      return { page: 'campaigns' };
    case 'figures':
      return { page: 'figures' };
    case 'reports':
      return { page: 'reports', key: rest ? decode(rest) : null };
    case 'link':
      return { page: 'link', token: decode(rest ?? '') };
    default:
      return { page: 'desk' };
  }
}

/** `ticket`, `ticket/12`, `ticket/new?customer=4711`, `ticket/import?job=12`. */
function recordsOf(rest: string): Route {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/.exec(rest) ?? [];
  const [kind = '', record = ''] = path.split('/').map(decode);
  const which = record === 'new' || record === 'import' ? record : /^\d+$/.test(record) ? Number(record) : null;
  return { page: 'records', kind: kind || null, record: which, query };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
