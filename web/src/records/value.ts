/** The values of a record: as the server says them, as a form holds them, as people read them. Pure. */

import type { Money, RecordSheet, Ref, Values } from '../api/records';
import type { Language, Words } from '../api/wire';
import { day, moment } from '../text/format';
import { fieldOf, type Kind, type RecordField, stateOf } from './kind';

/** A row of lines, as a form holds it. */
export type Row = { [column: string]: FormValue };

/**
 * What a control holds: text and choice a string, flag a boolean, choices their keys, who or what is referred to as
 * the server named it, money its two parts, lines their rows.
 */
export type FormValue = string | boolean | null | Ref | Money | string[] | Ref[] | Row[];

export type Draft = { [field: string]: FormValue };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is referred to: by the server's own words, else by its bare key. */
function refOf(value: unknown): Ref | null {
  if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return { id: value, title: String(value) };
  if (!isObject(value) || (typeof value['id'] !== 'number' && typeof value['id'] !== 'string')) return null;
  return { id: value['id'], title: String(value['title'] ?? value['id']) };
}

/** The key of who or what is named; empty: nobody, nothing. */
export const keyOf = (value: unknown): string => (isObject(value) ? String(value['id'] ?? '') : value === null || value === undefined ? '' : String(value));

const two = (part: number): string => String(part).padStart(2, '0');

/** `2026-11-30T09:30` on this browser's clocks, as a control for a time wants it; empty for what is no time. */
export function localTime(value: unknown): string {
  const at = typeof value === 'string' ? new Date(value) : null;
  if (!at || Number.isNaN(at.getTime())) return '';
  return `${localDate(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `2026-11-30` on this browser's clocks. */
export const localDate = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** Seconds as a span is written: `2h30m`. */
export function spanText(value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : '';
  const parts: [number, string][] = [
    [Math.floor(value / 86_400), 'd'],
    [Math.floor((value % 86_400) / 3600), 'h'],
    [Math.floor((value % 3600) / 60), 'm'],
    [value % 60, 's'],
  ];
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`).join('') || '0m';
}

export function formValue(field: RecordField, value: unknown): FormValue {
  switch (field.type) {
    case 'flag':
      return value === true;
    case 'choices':
      return Array.isArray(value) ? value.map(String) : [];
    case 'person':
    case 'team':
    case 'ref':
      return refOf(value);
    case 'refs':
      return Array.isArray(value) ? value.map(refOf).filter((ref) => ref !== null) : [];
    case 'money':
      return isObject(value) ? { amount: String(value['amount'] ?? ''), currency: String(value['currency'] ?? '') } : { amount: '', currency: '' };
    case 'lines':
      return Array.isArray(value) ? value.filter(isObject).map((row) => draftOf(field.fields, row)) : [];
    case 'time':
      return localTime(value);
    case 'span':
      return spanText(value);
    default:
      return value === null || value === undefined ? '' : String(value);
  }
}

export const draftOf = (fields: readonly RecordField[], values: Values): Draft => Object.fromEntries(fields.map((field) => [field.key, formValue(field, values[field.key])]));

/** What only the server can say when the record is made: whoever makes it, a time from then. */
const LATER = /^(me|now|today)\b/;

/** What a field begins with, where that can be said now. */
const begun = (field: RecordField): unknown => (typeof field.default === 'string' && LATER.test(field.default) && !['text', 'longtext', 'choice'].includes(field.type) ? null : field.default);

/** As a new record begins: with what the kind says of its own. */
export const emptyDraft = (fields: readonly RecordField[]): Draft => draftOf(fields, Object.fromEntries(fields.map((field) => [field.key, begun(field)])));

/** What is sent of a control; empty is `null`. */
export function sent(field: RecordField, value: FormValue | undefined): unknown {
  switch (field.type) {
    case 'flag':
      return value === true;
    case 'choices':
      return Array.isArray(value) ? value : [];
    case 'person':
    case 'team':
    case 'ref':
      return isObject(value) ? (value as unknown as Ref).id : null;
    case 'refs':
      return Array.isArray(value) ? (value as Ref[]).map(({ id }) => id) : [];
    case 'money': {
      const { amount = '', currency = '' } = (isObject(value) ? value : {}) as Partial<Money>;
      return amount.trim() === '' ? null : { amount: amount.trim().replaceAll(/[\s,，]/g, ''), currency: currency.trim().toUpperCase() };
    }
    case 'lines':
      return Array.isArray(value) ? (value as Row[]).map((row) => sentAll(field.fields, row)).filter((row) => Object.values(row).some((cell) => cell !== null && cell !== false)) : [];
    case 'time': {
      const at = typeof value === 'string' && value !== '' ? new Date(value) : null;
      return at && !Number.isNaN(at.getTime()) ? at.toISOString().replace('.000Z', 'Z') : null;
    }
    default:
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  }
}

export const sentAll = (fields: readonly RecordField[], draft: Draft): Record<string, unknown> =>
  Object.fromEntries(fields.filter(({ may }) => may.write).map((field) => [field.key, sent(field, draft[field.key])]));

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What a form has changed, as it is sent. */
export function changed(fields: readonly RecordField[], read: Draft, mine: Draft): Record<string, unknown> {
  const [before, now] = [sentAll(fields, read), sentAll(fields, mine)];
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => !same(value, before[key])));
}

/**
 * Somebody changed the record from `read` to `theirs` while this form became `mine`: what this form did not touch
 * follows them, what it touched stays. `both` was touched by both, and differs.
 */
export function rebase(fields: readonly RecordField[], read: Draft, mine: Draft, theirs: Draft): { draft: Draft; both: string[] } {
  const [own, others] = [changed(fields, read, mine), changed(fields, read, theirs)];
  const draft = { ...theirs };
  for (const key of Object.keys(own)) draft[key] = mine[key] ?? null;
  return { draft, both: Object.keys(own).filter((key) => key in others && !same(own[key], others[key])) };
}

export const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** How values are read. */
export interface Reader {
  language: Language;
  /** Microseconds. */
  now: number;
  yes: string;
  no: string;
  /** The names behind keys. */
  person(key: string): string;
  team(key: string): string;
}

/** Several in a row, as the language writes them. */
export const listed = (parts: readonly string[], language: Language): string => parts.join(language === 'zh' ? '、' : ', ');

const say = (both: Words, language: Language): string => both[language] || both.en || both.zh;

function amountText(value: unknown, language: Language): string {
  if (!isObject(value)) return String(value);
  const [amount, currency] = [Number(value['amount']), String(value['currency'] ?? '')];
  try {
    return new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(amount);
  } catch {
    return `${value['amount']} ${currency}`.trim();
  }
}

/** In words; empty for what is not set. */
export function shown(field: RecordField, value: unknown, reader: Reader): string {
  if (isEmpty(value)) return '';
  const { language, now } = reader;
  const named = (key: unknown): string => {
    const choice = field.choices.find((one) => one.key === key);
    return choice ? say(choice.name, language) : String(key);
  };
  switch (field.type) {
    case 'flag':
      return value === true ? reader.yes : reader.no;
    case 'choice':
      return named(value);
    case 'choices':
      return Array.isArray(value) ? listed(value.map(named), language) : named(value);
    case 'person':
    case 'team': {
      const ref = refOf(value);
      return ref && ref.title === ref.id ? reader[field.type](ref.title) : (ref?.title ?? '');
    }
    case 'ref':
      return refOf(value)?.title ?? '';
    case 'refs':
      return Array.isArray(value) ? listed(value.map((one) => refOf(one)?.title ?? String(one)), language) : '';
    case 'money':
      return amountText(value, language);
    case 'date':
      return day(String(value), language);
    case 'time':
      return moment(Date.parse(String(value)) * 1000, now, language);
    case 'span':
      return spanText(value);
    case 'lines':
      return Array.isArray(value) ? String(value.length) : '';
    default:
      return isObject(value) ? (refOf(value)?.title ?? JSON.stringify(value)) : String(value);
  }
}

/** Columns that every kind has, beside its fields. */
export const OWN_COLUMNS = ['number', 'title', 'state', 'customer', 'created', 'created_by', 'updated', 'updated_by'] as const;

/** What a column shows of a record, in words. */
export function cellText(kind: Kind, record: RecordSheet, column: string, reader: Reader): string {
  const field = fieldOf(kind, column);
  if (field) return shown(field, record.fields[column], reader);
  switch (column) {
    case 'number':
      return record.number ?? '';
    case 'title':
      return record.title;
    case 'state': {
      const state = stateOf(kind, record.state);
      return state ? say(state.name, reader.language) : (record.state ?? '');
    }
    case 'customer':
      return record.customer?.title ?? '';
    case 'created_by':
    case 'updated_by':
      return record[column].title;
    case 'created':
    case 'updated':
      return moment(record[column], reader.now, reader.language);
    default:
      return '';
  }
}
