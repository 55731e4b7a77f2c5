import { describe, expect, it } from 'vitest';

import type { AgentRow, BoardChange, QueueTile, WholeBoard } from '../src/api/wire';
import { reduceBoard } from '../src/live/board';

const tile = (id: number): QueueTile => ({
  id,
  key: `q${id}`,
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
  service_level: { value: null, formula: 'V8', threshold_s: 20, short_abandon_s: 5, target: 0.8 },
  ready: 0,
  reserved: 0,
  busy: 0,
  wrap_up: 0,
  not_ready: 0,
});

const agent = (id: number): AgentRow => ({
  id,
  key: `a${id}`,
  name: `Agent ${id}`,
  state: { state: 'ready' },
  since: 1,
  next: null,
  queue: null,
  phone_reachable: true,
  unread: 0,
});

const board = (queues: number, agents: number): WholeBoard => ({
  change: 4,
  at: 1,
  calls_active: 0,
  alerts: [],
  queues: Array.from({ length: queues }, (_, i) => tile(i + 1)),
  agents: Array.from({ length: agents }, (_, i) => agent(i + 1)),
});

/** Any number from a seed: the same walk every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** What the server says between two boards: the fields that differ, and `null` for one that is gone. */
function difference(before: WholeBoard, after: WholeBoard): BoardChange {
  type Fields = Record<string, unknown>;
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const differ = (old: Fields, now: Fields): Fields =>
    Object.fromEntries(
      [...new Set([...Object.keys(old), ...Object.keys(now)])]
        .filter((key) => key === 'id' || !same(old[key], now[key]))
        .map((key) => [key, key === 'service_level' ? differ(old[key] as Fields, now[key] as Fields) : (now[key] ?? null)]),
    );
  const rows = <R extends { id: number }>(old: R[], now: R[]) =>
    now.filter((row, at) => !same(row, old[at])).map((row) => differ(old.find(({ id }) => id === row.id) as never, row as never) as { id: number });
  const [queues, agents] = [rows(before.queues, after.queues), rows(before.agents, after.agents)];
  return {
    change: after.change,
    at: after.at,
    calls_active: after.calls_active,
    ...(queues.length > 0 ? { queues } : {}),
    ...(agents.length > 0 ? { agents } : {}),
  };
}

const STATES: AgentRow['state'][] = [
  { state: 'ready' },
  { state: 'busy', contact: 3 },
  { state: 'not_ready', reason: 'lunch' },
  { state: 'wrap_up', contact: 3, until: null },
  { state: 'signed_out' },
];

/** Some rows change in some of their fields. */
function live(before: WholeBoard, roll: (sides: number) => number): WholeBoard {
  const sometimes = <R>(row: R, change: (row: R) => R): R => (roll(4) === 0 ? change(row) : row);
  const at = before.at + 1 + roll(9);
  return {
    alerts: before.alerts,
    change: before.change + 1,
    at,
    calls_active: roll(20),
    queues: before.queues.map((row) =>
      sometimes(row, (it) => ({
        ...it,
        waiting: roll(3),
        longest_since: roll(2) ? at : null,
        busy: roll(5),
        service_level: { ...it.service_level, value: roll(3) ? roll(100) / 100 : null },
      })),
    ),
    agents: before.agents.map((row) =>
      sometimes(row, ({ by: _, ...it }) => ({
        ...it,
        state: STATES[roll(STATES.length)] as AgentRow['state'],
        since: at,
        next: roll(3) ? null : { state: 'ready' },
        queue: roll(2) ? 'q1' : null,
        ...(roll(2) ? { by: 'meng' } : {}),
      })),
    ),
  };
}

describe('the board of a page', () => {
  it.each([1, 2, 3, 4, 5])('is the board of the server after every difference (walk %i)', (seed) => {
    const roll = dice(seed);
    let server = board(12, 40);
    let page: WholeBoard | null = server;
    for (let step = 0; step < 60; step++) {
      const next = live(server, roll);
      page = reduceBoard(page, difference(server, next));
      server = next;
      expect(page).toEqual(server);
    }
  });

  it('asks for the whole when a difference is missing, is told twice, or nothing is there', () => {
    const change = (number: number): BoardChange => ({ change: number, at: 2, calls_active: 1 });
    expect(reduceBoard(null, change(5))).toBeNull();
    expect(reduceBoard(board(1, 1), change(6))).toBeNull();
    expect(reduceBoard(board(1, 1), change(4))).toBeNull();
    expect(reduceBoard(board(1, 1), change(5))?.calls_active).toBe(1);
  });

  it('keeps the rows that nothing changed in', () => {
    const before = board(2, 3);
    const after = reduceBoard(before, { change: 5, at: 2, calls_active: 0, queues: [{ id: 2, waiting: 1 }] });
    expect(after?.queues[0]).toBe(before.queues[0]);
    expect(after?.queues[1]).toEqual({ ...before.queues[1], waiting: 1 });
    expect(after?.agents).toBe(before.agents);
  });
});
