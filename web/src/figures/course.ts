/** Figures over time, and of several rows together. Pure. */

import type { Row } from '../api/rules';

/** What a chart is drawn from, for each time that can be chosen: a length in seconds, or dates. */
export const STEPS: Record<string, string> = {
  '1h': '300',
  '8h': '1800',
  today: '1800',
  '24h': '3600',
  '7d': '14400',
  '30d': 'day',
  '90d': 'day',
  '365d': 'week',
};

export interface Point {
  /** Beginning, microseconds. */
  at: number;
  offered: number;
  answered: number;
  abandoned: number;
  /** 0..=1; `null`: nothing that counts. */
  level: number | null;
  /** Mean wait of who was answered, seconds. */
  asa: number | null;
}

type Counts = Record<string, number>;

const of = (counts: Counts, ...names: string[]): number => names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

export const answered = (counts: Counts): number =>
  'answered' in counts ? of(counts, 'answered') : of(counts, 'answered_in_time', 'answered_late');
export const abandoned = (counts: Counts): number => of(counts, 'abandoned_short', 'abandoned_in_time', 'abandoned_late');

/** The service level: the one of the wallboard, short abandons left out. */
export const level = (counts: Counts): number | null =>
  ratio(of(counts, 'answered_in_time'), answered(counts) + abandoned(counts) - of(counts, 'abandoned_short'));

export const abandonment = (counts: Counts): number | null =>
  ratio(abandoned(counts) - of(counts, 'abandoned_short'), of(counts, 'offered') - of(counts, 'abandoned_short'));

export const asa = (counts: Counts): number | null => ratio(of(counts, 'wait_answered_us') / 1e6, answered(counts));

export const handling = (counts: Counts): number | null =>
  ratio(of(counts, 'talk_us', 'wrap_up_us') / 1e6, of(counts, 'talks'));

/** Every count of several rows; of a longest wait the longest. */
export function together(rows: readonly Pick<Row, 'counts'>[]): Counts {
  const sum: Counts = {};
  for (const { counts } of rows) {
    for (const [name, count] of Object.entries(counts)) {
      sum[name] = name === 'longest_wait_us' ? Math.max(sum[name] ?? 0, count) : (sum[name] ?? 0) + count;
    }
  }
  return sum;
}

/** One point for each interval, all rows of it together; between the first and the last of fixed length none is missing. */
export function course(rows: readonly Pick<Row, 'at' | 'counts'>[], step: string): Point[] {
  const by = new Map<number, Pick<Row, 'counts'>[]>();
  for (const row of rows) by.set(row.at, [...(by.get(row.at) ?? []), row]);
  const times = [...by.keys()].toSorted((a, b) => a - b);
  return everyTime(times, Number(step) * 1e6).map((at) => point(at, together(by.get(at) ?? [])));
}

const MOST = 400;

function everyTime(times: number[], length: number): number[] {
  const [first, last] = [times[0], times.at(-1)];
  if (!(length > 0) || first === undefined || last === undefined || (last - first) / length > MOST) return times;
  return Array.from({ length: Math.round((last - first) / length) + 1 }, (_, place) => first + place * length);
}

const point = (at: number, counts: Counts): Point => ({
  at,
  offered: of(counts, 'offered'),
  answered: answered(counts),
  abandoned: abandoned(counts),
  level: level(counts),
  asa: asa(counts),
});
