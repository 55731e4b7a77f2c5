import { expect, test } from 'vitest';

import type { Cell, ReportColumn } from '../src/api/reports';
import { bars, heat, lines, reach, spans, top } from '../src/reports/drawn';

const column = (key: string, unit: ReportColumn['unit'] = 'count'): ReportColumn => ({ key, unit, name: { en: key, zh: key }, formula: '' });
const answer = (columns: ReportColumn[], rows: Cell[][]) => ({ columns, rows, from: 0, to: 100 });

test('bars with the same label are one', () => {
  const told = bars(answer([column('queue', 'queue'), column('n'), column('level', 'ratio')], [['a', 3, 0.5], ['b', 8, 0.1], ['a', 1, 0.7]]), { kind: 'bars', x: 'queue', y: ['n', 'level'] });
  expect(told.map(({ label, values }) => [label, ...values.map(({ value }) => value)])).toEqual([['a', 4, 0.7], ['b', 8, 0.1]]);
  expect(told[0]?.values[0]?.share).toBe(0.5);
});

test('lines go from the first to the last, and those of another time beside them', () => {
  const told = answer([column('at', 'time'), column('n')], [[10, 4], [20, null], [30, 8]]);
  const chart = { kind: 'lines', x: 'at', y: ['n', 'gone'] } as const;
  expect(reach(told, 'at')).toEqual([10, 30]);
  expect(top([told], ['n'])).toBe(8);
  const drawn = (later: number) => lines(told, { ...chart, y: [...chart.y] }, [10, 30], 8, later).map(({ points }) => points);
  expect(drawn(0)).toEqual([[[0, 0.5], [1, 1]]]);
  expect(drawn(10)).toEqual([[[0.5, 0.5]]]);
});

test('a grid is as dark as its values, a stretch as long as it lasts', () => {
  const grid = heat(answer([column('day', 'weekday'), column('hour', 'hour'), column('n')], [[1, 9, 5], [2, 9, 10]]), { kind: 'heat', x: 'hour', y: ['n'], rows: 'day' });
  expect(grid.get('1 9')).toEqual({ value: 5, share: 0.5 });
  const rows = spans(answer([column('who', 'agent'), column('from', 'time'), column('until', 'time'), column('state', 'state')], [['a', 0, 25, 'ready'], ['a', 25, 100, 'busy']]), { kind: 'spans', x: 'from', y: ['until'], rows: 'who', of: 'state' });
  expect(rows).toEqual([['a', [{ from: 0, until: 0.25, of: 'ready' }, { from: 0.25, until: 1, of: 'busy' }]]]);
});
