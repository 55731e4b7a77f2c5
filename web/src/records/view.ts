/** How a list is looked at: said in the address, so that it can be kept, sent and gone back to. Pure. */

import { fieldOf, type Kind, type RecordField } from './kind';
import { localDate, OWN_COLUMNS } from './value';

export type Show = 'list' | 'board' | 'calendar';
export type Span = 'month' | 'week' | 'day';
export const SPANS: readonly Span[] = ['month', 'week', 'day'];

/** Of one field: one of several values, or from … to. */
export interface Filter {
  field: string;
  values: string[];
  from: string;
  to: string;
}

export interface View {
  show: Show;
  words: string;
  states: string[];
  filters: Filter[];
  /** `-due` is the other way round; empty: as the kind says. */
  sort: string;
  /** Empty: as the kind says. */
  columns: string[];
  customer: number | null;
  /** Of the board: its columns; empty: as the kind says. */
  by: string;
  /** Of the calendar. */
  span: Span;
  /** A day of what the calendar shows; empty: today. */
  day: string;
}

export const plainView: View = { show: 'list', words: '', states: [], filters: [], sort: '', columns: [], customer: null, by: '', span: 'month', day: '' };

const RANGED = ['date', 'time', 'number', 'money'];
export const isRanged = ({ type }: RecordField): boolean => RANGED.includes(type);

const FILTERED = ['choice', 'choices', 'flag', 'person', 'team', ...RANGED];
/** What a list can be narrowed by. */
export const filterable = (kind: Kind): RecordField[] => kind.fields.filter(({ type, may }) => FILTERED.includes(type) && may.read);

/** What may stand in the columns of a list. */
export const columnsOf = (kind: Kind): string[] => {
  const own = OWN_COLUMNS.filter((key) => (key === 'state' ? kind.life : key === 'customer' ? kind.of === 'customer' : true));
  return [...own, ...kind.fields.filter(({ type, may }) => type !== 'lines' && type !== 'longtext' && may.read).map(({ key }) => key)];
};

/** By what the server sorts. */
export const sortable = (kind: Kind, column: string): boolean => !['choices', 'refs', 'lines'].includes(fieldOf(kind, column)?.type ?? '');

const BOARDED = ['choice', 'person', 'team'];
/** What the columns of a board may be. */
export const boardable = (kind: Kind): string[] => [...(kind.life ? ['state'] : []), ...kind.fields.filter(({ type, may }) => BOARDED.includes(type) && may.read).map(({ key }) => key)];

/** The ways a kind can be looked at. */
export const showsOf = (kind: Kind): Show[] => ['list', ...(kind.list.board_by ? ['board' as const] : []), ...(kind.list.calendar_by ? ['calendar' as const] : [])];

const list = (text: string | null): string[] => (text ?? '').split(',').filter(Boolean);

export function viewOf(query: string, kind: Kind): View {
  const said = new URLSearchParams(query);
  const show = showsOf(kind).find((one) => one === said.get('show')) ?? 'list';
  const filters = new Map<string, Filter>();
  const filter = (field: string): Filter => filters.get(field) ?? { field, values: [], from: '', to: '' };
  for (const [name, value] of said) {
    const [, how = '', field = ''] = /^(field|from|to)\.(.+)$/.exec(name) ?? [];
    if (!fieldOf(kind, field)) continue;
    filters.set(field, { ...filter(field), ...(how === 'field' ? { values: list(value) } : { [how]: value }) });
  }
  const customer = Number(said.get('customer'));
  return {
    show,
    words: said.get('q') ?? '',
    states: list(said.get('state')).filter((key) => kind.life?.states.some((state) => state.key === key)),
    filters: [...filters.values()],
    sort: said.get('sort') ?? '',
    columns: list(said.get('columns')).filter((key) => columnsOf(kind).includes(key)),
    customer: Number.isInteger(customer) && customer > 0 ? customer : null,
    by: boardable(kind).find((key) => key === said.get('by')) ?? '',
    span: SPANS.find((span) => span === said.get('span')) ?? 'month',
    day: /^\d{4}-\d{2}-\d{2}$/.test(said.get('day') ?? '') ? (said.get('day') ?? '') : '',
  };
}

/** What narrows the records: the same in the address and to the server. */
function narrowed({ words, states, filters, sort, customer }: View): URLSearchParams {
  const query = new URLSearchParams();
  if (words.trim()) query.set('q', words.trim());
  if (states.length > 0) query.set('state', states.join(','));
  if (customer !== null) query.set('customer', String(customer));
  for (const { field, values, from, to } of filters) {
    if (values.length > 0) query.set(`field.${field}`, values.join(','));
    if (from) query.set(`from.${field}`, from);
    if (to) query.set(`to.${field}`, to);
  }
  if (sort) query.set('sort', sort);
  return query;
}

export function addressOf(kind: string, view: View): string {
  const text = queryOf(view);
  return `#/records/${encodeURIComponent(kind)}${text ? `?${text}` : ''}`;
}

/** What stands behind `?` in the address. */
export function queryOf(view: View): string {
  const query = narrowed(view);
  if (view.show !== 'list') query.set('show', view.show);
  if (view.columns.length > 0) query.set('columns', view.columns.join(','));
  if (view.show === 'board' && view.by) query.set('by', view.by);
  if (view.show === 'calendar' && view.span !== 'month') query.set('span', view.span);
  if (view.show === 'calendar' && view.day) query.set('day', view.day);
  // A filter that is open and says nothing yet stays open.
  for (const { field, values, from, to } of view.filters) if (values.length === 0 && !from && !to) query.set(`field.${field}`, '');
  return query.toString().replaceAll('%2C', ',');
}

/** Of the server, for one page of a list. */
export function asked(kind: Kind, view: View, limit: number, more: Readonly<Record<string, string>> = {}): URLSearchParams {
  const query = narrowed(view);
  if (!view.sort && kind.list.sort) query.set('sort', kind.list.sort);
  query.set('limit', String(limit));
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return query;
}

export const isNarrowed = (view: View): boolean => [...narrowed({ ...view, sort: '' })].length > 0;

/* The calendar. */

const DAY_MS = 86_400_000;
const noon = (day: string): Date => new Date(`${day}T12:00:00`);

export const shiftDay = (day: string, days: number): string => localDate(new Date(noon(day).getTime() + days * DAY_MS));

/** The days a calendar shows: one, or whole weeks from Monday on. */
export function daysOf(day: string, span: Span): string[] {
  if (span === 'day') return [day];
  const monday = (of: string): string => shiftDay(of, -((noon(of).getDay() + 6) % 7));
  if (span === 'week') return Array.from({ length: 7 }, (_, at) => shiftDay(monday(day), at));
  const begin = monday(`${day.slice(0, 7)}-01`);
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  const last = localDate(new Date(year, month, 0, 12));
  const weeks = Math.ceil((Math.round((noon(last).getTime() - noon(begin).getTime()) / DAY_MS) + 1) / 7);
  return Array.from({ length: weeks * 7 }, (_, at) => shiftDay(begin, at));
}

/** The day, week or month before or after. */
export function turned(day: string, span: Span, by: 1 | -1): string {
  if (span !== 'month') return shiftDay(day, span === 'week' ? 7 * by : by);
  return localDate(new Date(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + by, 1, 12));
}

/** On which day a value stands: a date on itself, a time on this browser's. */
export const dayOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : localDate(at);
};

/** A value moved to another day, at its time. */
export function movedTo(value: unknown, day: string): string {
  if (typeof value !== 'string' || /^\d{4}-\d{2}-\d{2}$/.test(value)) return day;
  const at = new Date(value);
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date, at.getHours(), at.getMinutes(), at.getSeconds()).toISOString().replace('.000Z', 'Z');
}
