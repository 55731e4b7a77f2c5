import { describe, expect, it } from 'vitest';

import type { QueueTile } from '../src/api/wire';
import { byTrouble, fitting, seen } from '../src/board/order';
import { sumOf } from '../src/board/sum';
import { type Course, minutes, MINUTES, note, shape } from '../src/live/trend';

const tile = (id: number, more: Partial<QueueTile> = {}, level: number | null = 0.9): QueueTile => ({
  id,
  key: `queue-${id}`,
  name: `Queue ${id}`,
  waiting: 0,
  call_backs: 0,
  longest_since: null,
  offered: 0,
  answered: 0,
  abandoned: 0,
  short_abandoned: 0,
  asa_ms: 0,
  estimate_hit_rate: null,
  service_level: { value: level, formula: 'V8', threshold_s: 20, short_abandon_s: 5, target: 0.8 },
  ready: 1,
  reserved: 0,
  busy: 0,
  wrap_up: 0,
  not_ready: 0,
  ...more,
});

const all = [
  seen(tile(1), 'Repairs', null),
  seen(tile(2, { waiting: 1, answered: 4, asa_ms: 9000 }, 0.75), 'Advisors', 5000),
  seen(tile(3, { waiting: 1, ready: 0 }), 'Orders', 1000),
  seen(tile(4, { answered: 2, asa_ms: 4000 }, null), 'Bridal', null),
];

describe('many queues', () => {
  it('in trouble come first', () => {
    expect(byTrouble(all).map(({ tile: { id } }) => id)).toEqual([3, 2, 1, 4]);
  });

  it('are narrowed by a part of name or key, and to those in trouble', () => {
    expect(fitting(all, ' aDv', false).map(({ name }) => name)).toEqual(['Advisors']);
    expect(fitting(all, 'queue-4', false).map(({ name }) => name)).toEqual(['Bridal']);
    expect(fitting(all, '', true).map(({ name }) => name)).toEqual(['Advisors', 'Orders']);
    expect(fitting(all, 'bridal', true)).toEqual([]);
  });

  it('add up to one service level of the same formula', () => {
    const queues = [tile(1, { answered: 90, abandoned: 12, short_abandoned: 2 }, 0.8), tile(2, { answered: 100 }, 1), tile(3, {}, null)];
    expect(sumOf(queues)).toEqual({ waiting: 0, answered: 190, abandoned: 12, level: 0.9 });
    expect(sumOf([]).level).toBeNull();
  });
});

const MINUTE = 60_000_000;

describe('the last hour', () => {
  const walk = (steps: [minute: number, waiting: number][]): Course =>
    steps.reduce<Course>((course, [minute, waiting]) => note(course, minute * MINUTE + 5, waiting), []);

  it('keeps the most of each minute', () => {
    expect(walk([[1, 2], [1, 5], [1, 3], [2, 1]])).toEqual([[1, 5], [2, 1]]);
  });

  it('goes on as it was where nothing is told, and begins where the page did', () => {
    const numbers = minutes(walk([[57, 4], [59, 0]]), 60 * MINUTE);
    expect(numbers).toHaveLength(MINUTES);
    expect(numbers.slice(-5)).toEqual([null, 4, 4, 0, 0]);
  });

  it('forgets what is older than an hour', () => {
    expect(walk([[1, 9], [70, 1]])).toEqual([[70, 1]]);
    const long = walk(Array.from({ length: 300 }, (_, minute) => [minute, 1]));
    expect(long.length).toBeLessThanOrEqual(MINUTES);
  });

  it('is drawn from two numbers on', () => {
    expect(shape([null, null])).toBeNull();
    expect(shape([null, 3])).toBeNull();
    expect(shape([null, 0, 2])).toEqual({ line: 'M1 9.5L2 0.5', ground: 'M1 9.5L2 0.5V10H1Z' });
  });
});
