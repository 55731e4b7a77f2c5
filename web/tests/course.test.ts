import { describe, expect, it } from 'vitest';

import { abandonment, course, level, together } from '../src/figures/course';

const S = 1e6;
const row = (at: number, counts: Record<string, number>) => ({ at: at * S, counts });

describe('figures of several rows', () => {
  const counts = together([
    row(0, { offered: 60, answered_in_time: 40, answered_late: 10, abandoned_short: 4, abandoned_late: 6, wait_answered_us: 500 * S, longest_wait_us: 9 }),
    row(0, { offered: 40, answered_in_time: 32, answered_late: 8, wait_answered_us: 400 * S, longest_wait_us: 7 }),
  ]);

  it('are made of the sums, not of the means', () => {
    expect(counts['longest_wait_us']).toBe(9);
    expect(level(counts)).toBe(72 / 96);
    expect(abandonment(counts)).toBe(6 / 96);
    expect(level({})).toBeNull();
  });

  it('stand one for each interval, with nothing missing between', () => {
    const points = course([row(1800, { offered: 2, answered_in_time: 2, wait_answered_us: 8 * S }), row(0, { offered: 1 }), row(1800, { offered: 3 })], '900');
    expect(points.map(({ at, offered, answered, level: share, asa }) => [at / S, offered, answered, share, asa])).toEqual([
      [0, 1, 0, null, null],
      [900, 0, 0, null, null],
      [1800, 5, 2, 1, 4],
    ]);
  });

  it('by dates stand as they are', () => {
    expect(course([row(86_400 * 3, { offered: 1 }), row(0, { offered: 1 })], 'day').map(({ at }) => at / S)).toEqual([0, 86_400 * 3]);
    expect(course([], '900')).toEqual([]);
  });
});
