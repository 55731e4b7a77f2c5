/** Kinds of records, and the records themselves. */

import { ask } from './rest';
import type { Micros, Role, Words } from './wire';

export type FieldType =
  | 'text'
  | 'longtext'
  | 'number'
  | 'money'
  | 'date'
  | 'time'
  | 'span'
  | 'flag'
  | 'choice'
  | 'choices'
  | 'person'
  | 'team'
  | 'ref'
  | 'refs'
  | 'phone'
  | 'email'
  | 'url'
  | 'place';

export interface Choice {
  key: string;
  name: Words;
  /** What it is in a formula. */
  points?: string | null;
}

export interface KindField {
  key: string;
  name: Words;
  help: Words | null;
  type: FieldType;
  required: boolean;
  search: boolean;
  /** Two records that say the same here are probably one. */
  match?: boolean;
  choices: Choice[];
  /** Of `ref` and `refs`: what they refer to. */
  kind: string | null;
  currency: string | null;
  default: unknown;
  /** A formula: the program reckons it, nobody writes it. */
  value?: string | null;
  /** What it says of records that refer to this one. */
  roll?: { take: 'count' | 'sum' | 'min' | 'max'; of: string; by: string; field: string | null; when: string | null } | null;
  /** `item.price`: what stood there when the reference was made; nobody writes it. */
  from?: string | null;
  /** Of numbers and money. */
  least?: string | null;
  most?: string | null;
  access: { read: Role; write: Role };
}

export type Effect =
  | { what: 'set'; field: string; value: string | null }
  | { what: 'state'; state: string }
  | { what: 'assign'; field: string; among: string[]; by: 'turn' | 'load' }
  | { what: 'tell'; whom: string[] }
  | { what: 'create'; kind: string; set: Record<string, string>; link: string | null };

/** What is done by itself. */
export interface Rule {
  key: string;
  name: Words;
  /** `created`, `changed(field)`, `due + 2h` … */
  on: string;
  when: string | null;
  do: Effect[];
}

export interface State {
  key: string;
  name: Words;
  kind: 'open' | 'waiting' | 'done';
  /** What nobody writes in it. */
  fixed?: string[];
}

export interface Step {
  key: string;
  name: Words;
  from: string[];
  to: string;
  needs: string[];
  by: string | null;
  when: string | null;
  within_s: number | null;
  /** What it makes of the record. */
  make?: { kind: string; set: Record<string, string>; lines: Record<string, string>; link: string | null; keep: string | null }[];
}

export type Use = 'article' | 'script' | 'template';

/** What the desk does with records beside a call, and in which fields that stands. */
export interface Beside {
  as: Use;
  /** Of those that are offered. */
  when: string | null;
  /** A text with queues and menu choices, between commas; where it is empty, every one. */
  about: string | null;
  /** A choice of `en` or `zh`. */
  language: string | null;
  head: string | null;
  body: string;
  /** Lines with `key`, `say`, and where there are any `answer` and `choices`. */
  steps: string | null;
  /** A number that grows each time one has helped. */
  helped: string | null;
}

/** What stands in menus. */
export interface KindHead {
  kind: string;
  name: Words;
  /** Of many. */
  names: Words;
  group: string | null;
  icon: string | null;
  rank: number;
  version: number;
  /** On whose timeline it stands. */
  of: string | null;
  /** What the desk does with its records beside a call. */
  beside: Use | null;
  may: { create: boolean; configure: boolean };
}

/** A checked definition. */
export interface KindSheet extends KindHead {
  fields: KindField[];
  lines: { key: string; name: Words; fields: KindField[] }[];
  life: { start: string; states: State[]; steps: Step[] } | null;
  /** Told to administrators. */
  rules?: Rule[];
  list: { columns: string[]; sort: string; board_by: string | null; sum?: string | null; calendar_by: string | null };
  form: { sections: { name: Words; fields: string[] }[] };
  pop: { show: string[] } | null;
  call: Beside | null;
  /** Who refers to records of this kind, and by which field. */
  back: { kind: string; field: string; names: Words }[];
}

/** A record, a person, a team that is referred to. */
export interface Ref {
  id: number | string;
  title: string;
}

export interface Money {
  amount: string;
  currency: string;
}

export type Values = Readonly<Record<string, unknown>>;

export interface RecordSheet {
  id: number;
  number: string | null;
  title: string;
  state: string | null;
  version: number;
  customer: Ref | null;
  fields: Values;
  created: Micros;
  created_by: Ref;
  updated: Micros;
  updated_by: Ref;
  may?: { write: boolean; delete: boolean };
  /** What may be done with it now, by who asks. */
  steps?: string[];
}

export interface RecordPage {
  records: RecordSheet[];
  next: string | null;
  total: number;
  /** There are more than were counted. */
  capped?: boolean;
  /** What was asked to be added up: one a currency, of numbers one without. */
  sums?: { currency: string | null; amount: string }[];
}

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

/** What befell a record. */
export interface Happened {
  id: number;
  at: Micros;
  /** Sign-in name. */
  by: string;
  kind: 'made' | 'changed' | 'step' | 'undone' | 'rule' | 'comment' | 'attached' | 'detached' | 'joined' | 'deleted';
  step: string | null;
  fields: FieldChange[];
  text: string | null;
  /** Rules that acted in it, by their keys. */
  rules?: string[];
}

interface Items<T> {
  items: T[];
}

const path = (kind: string, ...more: (string | number)[]): string => ['/records', kind, ...more].map((part, at) => (at === 0 ? part : encodeURIComponent(part))).join('/');

export const kinds = async (): Promise<KindHead[]> => (await ask<Items<KindHead>>('GET', '/kinds')).items;

export const kind = (key: string): Promise<KindSheet> => ask('GET', `/kinds/${encodeURIComponent(key)}`);

export const records = (kind: string, query: URLSearchParams): Promise<RecordPage> => ask('GET', `${path(kind)}?${query}`);

export const record = (kind: string, id: number): Promise<RecordSheet> => ask('GET', path(kind, id));

export interface NewRecord {
  fields: Values;
  customer?: number;
  interaction?: string;
}

/** The same `key` makes nothing twice. */
export const makeRecord = (kind: string, draft: NewRecord, key: string): Promise<RecordSheet> => ask('POST', path(kind), draft, { 'idempotency-key': key });

/** Refused with `version_changed` when somebody was faster. */
export const changeRecord = (kind: string, id: number, version: number, fields: Values): Promise<RecordSheet> => ask('PATCH', path(kind, id), { version, fields });

export const deleteRecord = (kind: string, id: number): Promise<void> => ask('DELETE', path(kind, id));

export const takeStep = (kind: string, id: number, step: string, version: number, fields: Values): Promise<RecordSheet> =>
  ask('POST', path(kind, id, 'steps', step), { version, fields });

export const history = async (kind: string, id: number): Promise<Happened[]> => (await ask<{ changes: Happened[] }>('GET', path(kind, id, 'history'))).changes;

export const undo = (kind: string, id: number, change: number): Promise<RecordSheet> => ask('POST', path(kind, id, 'undo'), { change });

/** Those that are probably the same. */
export const alike = async (kind: string, id: number): Promise<RecordSheet[]> => (await ask<Items<RecordSheet>>('GET', path(kind, id, 'alike'))).items;

/** The other one goes. */
export const join = (kind: string, id: number, version: number, other: number): Promise<RecordSheet> => ask('POST', path(kind, id, 'join'), { version, other });

export const comment = (kind: string, id: number, text: string): Promise<unknown> => ask('POST', path(kind, id, 'comments'), { text });

/** A way to look at a list, kept under a name. */
export interface RecordView {
  id: number;
  name: string;
  /** What stands behind `?` in the address. */
  query: string;
  /** Everybody who reads the kind sees it. */
  shared: boolean;
  /** Sign-in name. */
  owner: string;
}

export const views = async (kind: string): Promise<RecordView[]> => (await ask<Items<RecordView>>('GET', path(kind, 'views'))).items;

export const keepView = (kind: string, view: Pick<RecordView, 'name' | 'query' | 'shared'>): Promise<RecordView> => ask('POST', path(kind, 'views'), view);

export const forgetView = (kind: string, id: number): Promise<void> => ask('DELETE', path(kind, 'views', id));

/** A file beside a record. */
export interface RecordFile {
  id: number;
  name: string;
  /** Bytes. */
  size: number;
  at: Micros;
  /** Sign-in name. */
  by: string;
}

export const files = async (kind: string, id: number): Promise<RecordFile[]> => (await ask<Items<RecordFile>>('GET', path(kind, id, 'files'))).items;

export const attach = (kind: string, id: number, file: File): Promise<RecordFile> =>
  ask('POST', `${path(kind, id, 'files')}?${new URLSearchParams({ name: file.name })}`, file, { 'content-type': 'application/octet-stream' });

export const detach = (kind: string, id: number, file: number): Promise<void> => ask('DELETE', path(kind, id, 'files', file));

/** From where the browser takes it along; it never shows it. */
export const fileAddress = (kind: string, id: number, file: number): string => `/api/v1${path(kind, id, 'files', file)}`;

/** What a kind shows of a customer. */
export interface OfCustomer {
  kind: string;
  records: RecordSheet[];
  total: number;
}

export const recordsOf = async (customer: number): Promise<OfCustomer[]> => (await ask<Items<OfCustomer>>('GET', `/customers/${customer}/records`)).items;

/** Something that a rule told whoever is signed in. */
export interface Notice {
  id: number;
  at: Micros;
  kind: string;
  record: number;
  /** `null`: the record is gone. */
  title: string | null;
  rule: string;
  /** What the rule is called; `null`: it is gone. */
  why: Words | null;
  /** Rules that made records of each other until they were stopped. */
  path: string | null;
  read: Micros | null;
}

export interface Inbox {
  items: Notice[];
  unread: number;
  next: number | null;
}

export const inbox = (): Promise<Inbox> => ask('GET', '/inbox');

/** Everything up to this one was read. */
export const inboxRead = (until: number): Promise<void> => ask('POST', '/inbox/read', { until });

/* The definitions themselves, for administrators. */

export interface KindProblem {
  line: number;
  column: number;
  message: Words;
  nearest: string | null;
}

export interface KindChange {
  /** `add_field`, `retire_state` and the like. */
  change: string;
  /** The field, the state, the part. */
  what: string;
  message: Words;
}

export interface KindVersion {
  version: number;
  at: Micros;
  author: string;
}

const definition = (kind: string, more = ''): string => `/kinds/${encodeURIComponent(kind)}${more}`;

export const kindSource = (kind: string): Promise<{ source: string; version: number }> => ask('GET', definition(kind, '/source'));

export const kindVersions = async (kind: string): Promise<KindVersion[]> => (await ask<Items<KindVersion>>('GET', definition(kind, '/versions'))).items;

export const planKind = (kind: string, source: string): Promise<{ changes: KindChange[]; kind: KindSheet }> => ask('POST', definition(kind, '/plan'), { source });

/** `over`: the version that was read; 0 for a kind that is new. */
export const publishKind = (kind: string, source: string, over: number): Promise<{ version: number }> => ask('PUT', definition(kind), { source, over });

export const rollKindBack = (kind: string, version: number): Promise<{ version: number }> => ask('POST', definition(kind, '/roll-back'), { version });
