/** The center's rules, shadow and statistics, as `docs/api.md` writes them. */

import { ask, download } from './rest';
import type { Micros, Named, Words } from './wire';

export type Need = number | { min: number; weight: number };
export type Condition =
  | 'no_agents'
  | { estimate_above: number }
  | { service_level_below: number }
  | { waiting_above: number };

export interface RelaxStep {
  after_ms: number;
  when: Condition | null;
  min_level: number | null;
  lower: Record<string, number>;
  drop: string[];
  add_queues: string[];
  add_groups: string[];
}

export type OverflowWhen = 'full' | 'timeout' | 'no_agents' | 'closed' | { estimate_above: number };
export type Announced = 'position' | 'wait' | 'call_back';

export interface CallBackRule {
  digit: string;
  ring_s: number;
  tries: number;
  retry_s: number;
  max_open: number;
}

/** Of a queue; only what this page shows is typed. */
export interface QueueRules {
  skills: Record<string, Need>;
  any_skill: Record<string, Need>;
  agent_selection: string;
  priority: number;
  priority_step_s: number;
  score: { base_ms: number; ageing_ppm: number; max_bonus_s: number };
  share_ppm: number;
  relax: RelaxStep[];
  ring_s: number;
  ring_several: number;
  wrap_up: { mode: string; seconds: number };
  answer_within_s: number;
  short_abandon_s: number;
  max_waiting: number | null;
  max_wait_s: number | null;
  service_level_percent: number;
  overflow: { when: OverflowWhen; to: string }[];
  reserve: { group: string; agents: number }[];
  hours: string | null;
  leave_without_agents: boolean;
  recall_s: number;
  announce_s: number;
  announce_first_s: number | null;
  announce: Announced[];
  call_back: CallBackRule | null;
  vip_bonus: { tiers: Record<string, number>; values: { from_minor: number; bonus_s: number }[] };
  record: boolean;
  disposition_required: boolean;
}

export interface Finding extends Words {
  code: string;
  severity: 'error' | 'warning';
  object: { kind: string; key: string };
  new?: boolean;
}

export interface QueueSheet {
  version: number;
  key: string;
  rules: QueueRules;
  /** Of a queue of which nothing is said. */
  defaults: QueueRules;
  findings: Finding[];
  overtaking_bound_s: number | null;
  contact_selection: string;
  choices: { skills: Named[]; groups: Named[]; queues: Named[]; hours: Named[] };
}

export interface Queues extends Pick<QueueSheet, 'version' | 'defaults' | 'contact_selection' | 'choices'> {
  items: Named[];
}

export interface FieldChange {
  field: string;
  from: string | null;
  to: string | null;
}

export interface Change {
  kind: string;
  key: string;
  change: 'created' | 'changed' | 'removed';
  fields?: FieldChange[];
}

export interface Prospect {
  version: number;
  applied: boolean;
  changes: Change[];
  findings: Finding[];
}

export interface Version {
  version: number;
  at: Micros;
  author: string;
}

export interface Figure {
  name: string;
  formula: string;
  value: number | null;
}

export interface Sheet {
  counts: Record<string, number>;
  service_levels: Figure[];
  figures: Figure[];
}

export interface Decided extends Words {
  agent: number;
  agent_name: string;
  waited_ms: number;
}

export interface Difference {
  contact: number;
  queue: number;
  queue_name: string;
  came: Micros;
  live: Decided | null;
  shadow: Decided | null;
}

export type Shadow =
  | { state: 'off' }
  | {
      state: 'running' | 'rules_changed' | 'expired' | 'incomplete';
      since: Micros;
      until: Micros;
      inputs: number;
      decisions: Record<'compared' | 'same_agent' | 'other_agent' | 'sooner' | 'later' | 'only_live' | 'only_shadow' | 'neither', number>;
      queues: { queue: number; queue_name: string; live: Sheet; shadow: Sheet }[];
      recent: Difference[];
      assumptions: Words[];
      changes: Change[];
      author: string;
      version: number;
    };

export interface Row {
  at: Micros;
  id?: number;
  key: string;
  name: string;
  counts: Record<string, number>;
  service_levels?: Figure[];
  figures: Figure[];
}

export interface Statistics {
  from: Micros;
  to: Micros;
  by: string;
  interval_s: number | null;
  items: Row[];
}

/** First contact resolution of a queue, an agent or a day. */
export interface Resolved {
  /** Of a day: its beginning. */
  at?: Micros;
  id?: number;
  key: string;
  name: string;
  counts: Record<
    'contacts' | 'unknown_customer' | 'still_open' | 'still_open_repeated' | 'decided' | 'repeated' | 'first' | 'resolved_at_first',
    number
  >;
  figures: Figure[];
}

export interface Resolution {
  from: Micros;
  to: Micros;
  by: string;
  days: number;
  total: Pick<Resolved, 'counts' | 'figures'>;
  items: Resolved[];
}

export type Patch = Record<string, unknown>;

const queue = (key: string): string => `/center/queues/${encodeURIComponent(key)}`;
const match = (version: number): Record<string, string> => ({ 'if-match': `"${version}"` });

/** Every queue by name, and what a new one begins with. */
export const allQueues = (): Promise<Queues> => ask('GET', '/center/queues');

export const rules = (key: string): Promise<QueueSheet> => ask('GET', queue(key));

export const look = (key: string, patch: Patch): Promise<Prospect> => ask('PATCH', `${queue(key)}?dry_run=true`, patch);

export const apply = (key: string, version: number, patch: Patch, accept: boolean): Promise<Prospect> =>
  ask('PATCH', `${queue(key)}?accept_warnings=${accept}`, patch, match(version));

/** All of a queue that does not exist yet: what is not named gets its default. */
export const lookAtNew = (key: string, rules: Patch): Promise<Prospect> => ask('PUT', `${queue(key)}?dry_run=true`, rules);

export const create = (key: string, version: number, rules: Patch, accept: boolean): Promise<Prospect> =>
  ask('PUT', `${queue(key)}?accept_warnings=${accept}`, rules, match(version));

/** The newest first; `before`: those older than it. */
export const versions = (before: number | null): Promise<{ items: Version[]; next: number | null }> =>
  ask('GET', `/center/versions?limit=12${before === null ? '' : `&before=${before}`}`);

export const versionChanges = (version: number): Promise<{ changes: Change[] }> =>
  ask('GET', `/center/versions/${version}`);

/** What going back would change, and what the linter says to it. */
export const lookBack = (to: number): Promise<Prospect> =>
  ask('POST', `/center/versions/${to}/restore?dry_run=true`, {});

export const restore = (to: number, version: number, accept: boolean): Promise<Prospect> =>
  ask('POST', `/center/versions/${to}/restore?accept_warnings=${accept}`, {}, match(version));

export const shadow = (): Promise<Shadow> => ask('GET', '/shadow');

export const beginShadow = (key: string, patch: Patch): Promise<void> =>
  ask('POST', '/shadow', { queues: { [key]: patch } });

export const endShadow = (): Promise<void> => ask('DELETE', '/shadow');

const holidays = (hours: string, query: string): string => `/center/hours/${encodeURIComponent(hours)}/holidays?${query}`;
const CALENDAR = { 'content-type': 'text/calendar' };

/** The days of a calendar file as closed days of these opening hours: what would change. */
export const lookAtHolidays = (hours: string, file: Blob): Promise<Prospect> =>
  ask('POST', holidays(hours, 'dry_run=true'), file, CALENDAR);

export const addHolidays = (hours: string, version: number, file: Blob, accept: boolean): Promise<Prospect> =>
  ask('POST', holidays(hours, `accept_warnings=${accept}`), file, { ...CALENDAR, ...match(version) });

/** The figures of a queue, or of all together, in a time that was run again. */
export interface Side {
  offered: number;
  answered: number;
  abandoned: number;
  service_level: number | null;
  abandonment: number | null;
  asa_s: number | null;
  longest_wait_s: number;
}

export interface Total extends Side {
  occupancy: number | null;
}

export interface Fared {
  answered: boolean;
  waited_s: number;
}

export interface Fate {
  contact: number;
  queue: string;
  came: Micros;
  then: Fared;
  now: Fared;
}

export interface WhatIf {
  from: Micros;
  to: Micros;
  inputs: number;
  then: Total;
  now: Total;
  now_by_patience: [Total, Total] | null;
  queues: { id: number; key: string; then: Side; now: Side }[];
  winners: number;
  losers: number;
  unchanged: number;
  top_winners: Fate[];
  top_losers: Fate[];
  patience: { mean_s: number | null; low_s: number | null; high_s: number | null; gave_up: number; censored: number };
  borrowed_conversations: number;
}

/** The time from `from` on once more, under the present rules with one queue changed. */
export const whatIf = (from: string, key: string, patch: Patch): Promise<WhatIf> =>
  ask('POST', '/what-if', { from, to: 'now', queues: { [key]: patch }, top: 10 });

/** What a contact would meet with: one of `rings`, `waits` and `leaves`. */
export interface Rehearsal {
  queue: string;
  moved: { from: string; to: string; why: string }[];
  rings?: { agent: number; agent_key: string; why: Words }[];
  waits?: { position: number; estimate: { seconds: number } | null; why: Words };
  leaves?: 'full' | 'closed' | 'no_agents' | 'timeout';
}

/** A contact of this queue now, under the present rules with this queue changed; `priority` null: as the queue has it. */
export const rehearse = (queue: string, patch: Patch, priority: number | null): Promise<Rehearsal> =>
  ask('POST', '/rehearsal', {
    queue,
    ...(priority === null ? {} : { priority }),
    ...(Object.keys(patch).length > 0 ? { queues: { [queue]: patch } } : {}),
  });

/** Days begin at midnight of the center. */
const figures = (from: string, by: string, interval: string, key = ''): string =>
  `/statistics?${new URLSearchParams({ from, by, interval, ...(key === '' ? {} : { key }) })}`;

/** `key`: only this queue, agent, skill or channel. */
export const statistics = (from: string, by: string, interval: string, key = ''): Promise<Statistics> =>
  ask('GET', figures(from, by, interval, key));

/** The same as a table for other programs. */
export const statisticsFile = (from: string, by: string, interval: string, name: string): Promise<void> =>
  download(figures(from, by, interval), name);

const resolved = (from: string, by: string, days: string): string =>
  `/resolution?${new URLSearchParams({ from, by, days })}`;

export const resolution = (from: string, by: string, days: string): Promise<Resolution> =>
  ask('GET', resolved(from, by, days));

export const resolutionFile = (from: string, by: string, days: string, name: string): Promise<void> =>
  download(resolved(from, by, days), name);
