/** One day of a calendar: its hours, whose columns it has, how an entry is moved. Pure. */

import type { RecordSheet } from '../api/records';
import { type Kind, type RecordField } from './kind';
import { keyOf } from './value';

/** Shown whatever stands in them. */
const [FIRST, LAST] = [8, 18];

/** Whole hours that are shown, those of all entries among them. */
export function hoursOf(times: readonly unknown[]): number[] {
  const hours = times.map((time) => new Date(String(time)).getHours()).filter((hour) => !Number.isNaN(hour));
  const [from, to] = [Math.min(FIRST, ...hours), Math.max(LAST, ...hours)];
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

const iso = (at: Date): string => at.toISOString().replace('.000Z', 'Z');

/** A moment of a day, on this browser's clocks. */
export function momentOf(day: string, hour: number, minute = 0): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return iso(new Date(year, month - 1, date, hour, minute));
}

/** To another hour, at its minute. */
export const toHour = (value: unknown, day: string, hour: number): string => momentOf(day, hour, new Date(String(value)).getMinutes() || 0);

export const later = (value: unknown, minutes: number): string => iso(new Date(new Date(String(value)).getTime() + minutes * 60_000));

/** Whose a record is: of the first field of that type that may be read. */
export const whoseField = (kind: Kind, type: 'person' | 'team' = 'person'): RecordField | null => kind.fields.find((field) => field.type === type && field.may.read) ?? null;

/** Columns by whose the entries are: those that were asked for, else those that are there; `''`: nobody's. */
export function columnsOfDay(field: RecordField | null, records: readonly RecordSheet[], asked: readonly string[], me: string): string[] {
  if (!field) return [''];
  const wanted = asked.map((key) => (key === 'me' ? me : key));
  if (wanted.length > 0) return [...new Set(wanted)];
  const there = [...new Set(records.map((record) => keyOf(record.fields[field.key])))];
  const named = there.filter((key) => key !== '').sort((a, b) => Number(b === me) - Number(a === me) || a.localeCompare(b));
  if (named.length === 0 && !there.includes('')) return [me];
  return [...named, ...(there.includes('') ? [''] : [])];
}
