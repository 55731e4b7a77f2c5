/** Values of reports as people read them, and a report beside that of another time. Pure. */

import type { Cell, ReportAnswer, ReportColumn } from '../api/reports';
import type { Language } from '../api/wire';
import { duration, number } from '../text/format';

const locale = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-GB');
const MEASURES: readonly string[] = ['count', 'ratio', 'span', 'fine', 'score'];

/** Something is counted or measured: it can be drawn, and compared. */
export const measures = ({ unit }: Pick<ReportColumn, 'unit'>): boolean => MEASURES.includes(unit);

export interface Manner {
  language: Language;
  zone: string;
  /** What keys are called: of queues, agents, dispositions, reasons, states; `null`: as they are. */
  named: (unit: ReportColumn['unit'], key: string) => string | null;
}

/** Of a value of a column, for people. */
export function shown(value: Cell, unit: ReportColumn['unit'], { language, zone, named }: Manner): string {
  if (value === null) return '–';
  if (typeof value === 'string') return named(unit, value) ?? value;
  switch (unit) {
    case 'ratio':
      return `${(value * 100).toFixed(1)}%`;
    case 'span':
      return duration(value / 1000);
    case 'fine':
      return `${(value / 1000).toFixed(1)} ms`;
    case 'score':
      return value.toFixed(2);
    case 'time':
      return moment(value, language, zone);
    case 'weekday':
      return weekday(value, language);
    case 'hour':
      return `${String(value).padStart(2, '0')}:00`;
    default:
      return Number.isInteger(value) ? number(value, language) : value.toFixed(3);
  }
}

const moment = (micros: number, language: Language, timeZone: string): string =>
  new Intl.DateTimeFormat(locale(language), {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(micros / 1000);

/** 1 is Monday: the first of January 2024 was one. */
export const weekday = (day: number, language: Language): string =>
  new Intl.DateTimeFormat(locale(language), { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));

const WEEK_US = 7 * 86_400 * 1_000_000;

/** What a row is about, without its measures: the same in another week. */
export const about = (row: readonly Cell[], columns: readonly ReportColumn[], laterUs = 0): string =>
  JSON.stringify(
    columns.flatMap((column, at) => {
      const value = row[at] ?? null;
      if (measures(column)) return [];
      return [column.unit === 'time' && typeof value === 'number' ? value + laterUs : value];
    }),
  );

/** Rows of the week before by what they are about, as if they were of this week. */
export function weekBefore(answer: Pick<ReportAnswer, 'rows' | 'columns'>): Map<string, readonly Cell[]> {
  return new Map(answer.rows.map((row) => [about(row, answer.columns, WEEK_US), row]));
}

/** Between the same value now and then: `+12%`; of shares in points. `null`: there is nothing to compare. */
export function change(now: Cell, then: Cell, unit: ReportColumn['unit']): string | null {
  if (typeof now !== 'number' || typeof then !== 'number') return null;
  const sign = (value: number): string => (value > 0 ? '+' : value < 0 ? '−' : '±');
  if (unit === 'ratio') {
    const points = Math.round((now - then) * 1000) / 10;
    return `${sign(points)}${Math.abs(points).toFixed(1)}`;
  }
  if (then === 0) return null;
  const percent = Math.round(((now - then) / then) * 100);
  return `${sign(percent)}${Math.abs(percent)}%`;
}

/** The numbers that a report asks for in the places of their names: such a text can be kept. */
export const filledIn = (sql: string, numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers).reduce((text, [name, value]) => text.replaceAll(new RegExp(`:${name}\\b`, 'g'), String(value)), sql.trim());
