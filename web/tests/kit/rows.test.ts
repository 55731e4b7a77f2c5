import { describe, expect, it } from 'vitest';

import { direction, grouped, inSight, type Order, pressed, type Sortable, sorted } from '../../src/kit/rows';
import { Ticks } from '../../src/kit/ticks.svelte';

interface Row {
  name: string;
  waiting: number | null;
}
const rows: Row[] = [
  { name: 'Repairs', waiting: 2 },
  { name: 'Advisors', waiting: null },
  { name: 'Bridal 10', waiting: 7 },
  { name: 'Bridal 9', waiting: 2 },
];
const columns: Sortable<Row>[] = [
  { key: 'name', sort: ({ name }) => name },
  { key: 'waiting', sort: ({ waiting }) => waiting },
  { key: 'least', sort: ({ waiting }) => waiting, first: 'ascending' },
  { key: 'still' },
];
const R = 0, A = 1, TEN = 2, NINE = 3;

describe('the order of rows', () => {
  it.each<[string | null, boolean, number[], string | undefined]>([
    [null, false, [R, A, TEN, NINE], undefined],
    ['name', false, [A, NINE, TEN, R], 'ascending'],
    ['name', true, [R, TEN, NINE, A], 'descending'],
    ['waiting', false, [TEN, R, NINE, A], 'descending'],
    ['waiting', true, [R, NINE, TEN, A], 'ascending'],
    ['least', false, [R, NINE, TEN, A], 'ascending'],
    ['still', false, [R, A, TEN, NINE], undefined],
    ['gone', true, [R, A, TEN, NINE], undefined],
  ])('by %s (turned: %s)', (by, turned, wanted, said) => {
    const order: Order | null = by === null ? null : { by, turned };
    expect(sorted(rows, columns, order)).toEqual(wanted.map((at) => rows[at]));
    expect(columns.map((column) => direction(column, order, rows)).find(Boolean)).toBe(said);
  });

  it('of a head pressed again and again comes round', () => {
    const once = pressed(null, 'name');
    expect(once).toEqual({ by: 'name', turned: false });
    expect(pressed(once, 'name')).toEqual({ by: 'name', turned: true });
    expect(pressed(pressed(once, 'name'), 'name')).toBeNull();
    expect(pressed(once, 'waiting')).toEqual({ by: 'waiting', turned: false });
  });
});

describe('groups', () => {
  it('stand in the order in which they come, each with its number', () => {
    expect(grouped(rows, ({ name }) => name.slice(0, 1))).toEqual([
      { group: 'R', count: 1 },
      { row: rows[R] },
      { group: 'A', count: 1 },
      { row: rows[A] },
      { group: 'B', count: 2 },
      { row: rows[TEN] },
      { row: rows[NINE] },
    ]);
    expect(grouped(rows, undefined)).toHaveLength(4);
  });
});

describe('of two thousand rows', () => {
  it.each<[string, number, { from: number; to: number }]>([
    ['above the table', -400, { from: 0, to: 40 }],
    ['at its beginning', 0, { from: 0, to: 40 }],
    ['in the middle', 40_000, { from: 990, to: 1030 }],
    ['at its end', 79_200, { from: 1960, to: 2000 }],
    ['below it', 200_000, { from: 1960, to: 2000 }],
  ])('those in sight are drawn: %s', (_, above, wanted) => {
    expect(inSight({ above, height: 800, tall: 40 }, 2000)).toEqual(wanted);
  });

  it('no scroll leaves a gap', () => {
    for (let above = 0; above < 79_200; above += 7) {
      const { from, to } = inSight({ above, height: 800, tall: 40 }, 2000);
      expect(from * 40 <= above && to * 40 >= Math.min(80_000, above + 800) && to - from <= 40).toBe(true);
    }
  });

  it('fewer than fit are all drawn', () => {
    expect(inSight({ above: 0, height: 800, tall: 40 }, 3)).toEqual({ from: 0, to: 3 });
  });
});

describe('ticks', () => {
  it('count where they are seen', () => {
    const ticks = new Ticks<Row>(({ name }) => name);
    ticks.only(rows);
    ticks.set(rows[A] as Row, false);
    expect(ticks.among(rows)).toEqual([rows[R], rows[TEN], rows[NINE]]);
    expect(ticks.among(rows.slice(0, 2))).toEqual([rows[R]]);
    ticks.only([]);
    expect(ticks.among(rows)).toEqual([]);
  });
});
