/** Which contacts the page lists, as the rest of its address. Pure. */

import type { Outcome } from '../api/wire';

export interface Listed {
  outcome: string;
  /** Its key. */
  queue: string;
  /** The last so many, from midnight on; 0: all. */
  days: number;
}

/** The page with today's contacts of a queue. */
export function contactsOf(queue: string | null, outcome: Outcome | null = null): string {
  const query = new URLSearchParams({ ...(queue === null ? {} : { queue }), ...(outcome === null ? {} : { outcome }), days: '1' });
  return `#/contacts/?${query}`;
}

export function listed(query: string): Listed {
  const fields = new URLSearchParams(query);
  return { outcome: fields.get('outcome') ?? '', queue: fields.get('queue') ?? '', days: Number(fields.get('days') ?? 0) };
}
