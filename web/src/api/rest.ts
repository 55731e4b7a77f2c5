/** REST under `/api/v1`: one function a request, every failure one `Refused`. */

import type {
  Center,
  ContactPoint,
  CustomerCard,
  FieldRefused,
  Hold,
  InteractionDetail,
  Interaction,
  Me,
  NewCustomer,
  Outcome,
  PastBoard,
  SipMessage,
  Task,
  TimelineEntry,
  VersionedCustomer,
} from './wire';

const AWAY = ['unreachable', 'unavailable', 'overloaded', 'too_many_requests'];

/** The server said no, or could not be reached (`status` 0, code `unreachable`). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** When to come again, in seconds. */
    readonly retryAfter: number | null = null,
    /** What else the problem says, such as `findings`. */
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail);
  }

  /** The server is not there just now, or has too much to do: nothing is said of what was asked. */
  get away(): boolean {
    return AWAY.includes(this.code);
  }

  /** The fields that were refused, where the problem names them. */
  get fields(): FieldRefused[] {
    const named = this.more['fields'];
    return Array.isArray(named) ? (named as FieldRefused[]) : [];
  }

  /** What is wrong with the whole, sentence by sentence. */
  get mistakes(): string[] {
    const all = this.more['mistakes'];
    return Array.isArray(all) ? all.map(String) : [this.message];
  }
}

let csrf: string | null = null;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A network that is cut says nothing: after so long it counts as that. Files may take their time. */
const READ_MS = 20_000;
const TICKET_MS = 4_000;

async function answered(method: Method, path: string, body: unknown, more: Record<string, string>, withinMs: number | null): Promise<Response> {
  const file = body instanceof Blob;
  const headers: Record<string, string> = { ...more };
  if (body !== undefined && !file) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['x-csrf-token'] = csrf;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      ...(withinMs === null ? {} : { signal: AbortSignal.timeout(withinMs) }),
      ...(body === undefined ? {} : { body: file ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new Refused(0, 'unreachable', 'the server cannot be reached');
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** `body`: as JSON; a file goes as it is, and `more` says what it is. */
export async function ask<T>(
  method: Method,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
  withinMs: number | null = method === 'GET' ? READ_MS : null,
): Promise<T> {
  const response = await answered(method, path, body, more, withinMs);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** An answer as a file of this computer; of what is told in `body`, if anything. */
export async function download(path: string, name: string, body?: unknown): Promise<void> {
  const response = await answered(body === undefined ? 'GET' : 'POST', path, body, {}, null);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function refusal(response: Response): Promise<Refused> {
  const retry = Number(response.headers.get('retry-after'));
  const after = Number.isFinite(retry) && retry > 0 ? retry : null;
  try {
    const { code, detail, ...more } = await response.json();
    return new Refused(response.status, String(code ?? 'internal'), String(detail ?? ''), after, more);
  } catch {
    return new Refused(response.status, 'internal', response.statusText, after);
  }
}

/** Who is signed in, for every write to come. */
export function remember(me: Me): Me {
  csrf = me.csrf;
  return me;
}

export const signIn = async (user: string, password: string): Promise<Me> =>
  remember(await ask<Me>('POST', '/sign-in', { user, password }));

export const signInByLink = async (token: string): Promise<Me> =>
  remember(await ask<Me>('POST', '/sign-in/link', { token }));

export const me = async (): Promise<Me> => remember(await ask<Me>('GET', '/me'));

export const signOut = (): Promise<void> => ask('POST', '/sign-out', {});

export const center = (): Promise<Center> => ask('GET', '/center');

export const ticket = async (): Promise<string> =>
  (await ask<{ ticket: string }>('POST', '/ws-tickets', {}, {}, TICKET_MS)).ticket;

export interface InteractionQuery {
  outcome?: Outcome | '';
  queue?: string;
  agent?: number | '';
  customer?: number;
  from?: number | '';
  cursor?: string;
  limit?: number;
}

export function interactions(query: InteractionQuery): Promise<{ items: Interaction[]; next: string | null }> {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined);
  return ask('GET', `/interactions?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`);
}

export const interaction = (id: string): Promise<InteractionDetail> =>
  ask('GET', `/interactions/${encodeURIComponent(id)}`);

export const recordingUrl = (id: string): string => `/api/v1/interactions/${encodeURIComponent(id)}/recording`;

/** Those of the last day. */
export const sipMessages = (id: string): Promise<{ items: SipMessage[] }> => ask('GET', `/interactions/${encodeURIComponent(id)}/sip`);

export const pcapUrl = (id: string): string => `/api/v1/interactions/${encodeURIComponent(id)}/sip.pcap`;

/** Nothing of it is deleted until it is freed. */
export const hold = (id: string, reason: string): Promise<Hold> => ask('PUT', `/interactions/${encodeURIComponent(id)}/hold`, { reason });

export const freeHold = (id: string): Promise<void> => ask('DELETE', `/interactions/${encodeURIComponent(id)}/hold`);

export const customers = async (query: string, limit = 20): Promise<CustomerCard[]> =>
  (await ask<{ items: CustomerCard[] }>('GET', `/customers?${new URLSearchParams({ q: query, limit: String(limit) })}`)).items;

/** `key`: the same form sent again makes nobody twice. */
export const createCustomer = (customer: NewCustomer, key: string): Promise<CustomerCard> =>
  ask('POST', '/customers', customer, { 'idempotency-key': key });

export const customer = (id: number): Promise<VersionedCustomer> => ask('GET', `/customers/${id}`);

/** All of a customer; refused with `version_changed` when somebody was faster. */
export const replaceCustomer = (id: number, version: number, customer: NewCustomer): Promise<VersionedCustomer> =>
  ask('PUT', `/customers/${id}`, customer, { 'if-match': `"${version}"` });

export const addContactPoint = (customer: number, point: ContactPoint): Promise<CustomerCard> =>
  ask('PATCH', `/customers/${customer}`, { contact_points: [point] });

export const timeline = async (customer: number, limit = 200): Promise<TimelineEntry[]> =>
  (await ask<{ items: TimelineEntry[] }>('GET', `/customers/${customer}/timeline?limit=${limit}`)).items;

/** The board as it was. */
export const boardAt = (at: number): Promise<PastBoard> => ask('GET', `/board?at=${Math.round(at)}`);

export const tasks = async (): Promise<Task[]> => (await ask<{ items: Task[] }>('GET', '/tasks?limit=200')).items;

export const completeTask = (id: number): Promise<void> => ask('POST', `/tasks/${id}/done`, {});
