/** What of a report is drawn: its chart as marks with their places, from 0 to 1. Pure. */

import type { Cell, ReportAnswer, ReportChart, ReportColumn } from '../api/reports';

/** Bars beside each other, lines, rows: no more than an eye follows. */
export const MOST = { bars: 12, points: 400, rows: 40 };

const place = (columns: readonly ReportColumn[], key: string): number => columns.findIndex((column) => column.key === key);
const figure = (cell: Cell | undefined): number | null => (typeof cell === 'number' ? cell : null);

export interface Bar {
  label: Cell;
  values: { column: ReportColumn; value: number | null; share: number }[];
}

/** A label with its bars; those with the same label are one. */
export function bars(answer: Pick<ReportAnswer, 'rows' | 'columns'>, chart: Extract<ReportChart, { kind: 'bars' }>): Bar[] {
  const { columns, rows } = answer;
  const label = place(columns, chart.x);
  const drawn = chart.y.flatMap((key) => columns.find((column) => column.key === key) ?? []);
  const sums = new Map<Cell, (number | null)[]>();
  for (const row of rows) {
    const values = drawn.map((column) => figure(row[place(columns, column.key)]));
    const known = sums.get(row[label] ?? null);
    sums.set(row[label] ?? null, known ? known.map((value, at) => together(value, values[at] ?? null, drawn[at])) : values);
  }
  const most = Math.max(...[...sums.values()].flat().map((value) => value ?? 0), 0);
  return [...sums].slice(0, MOST.bars).map(([label, values]) => ({
    label,
    values: drawn.map((column, at) => ({ column, value: values[at] ?? null, share: most > 0 ? (values[at] ?? 0) / most : 0 })),
  }));
}

/** Counts add up; of anything else the larger is told. */
function together(one: number | null, other: number | null, column: ReportColumn | undefined): number | null {
  if (one === null || other === null) return one ?? other;
  return column?.unit === 'count' ? one + other : Math.max(one, other);
}

export interface Course {
  column: ReportColumn;
  /** Across and up, 0 to 1; a gap is a new piece. */
  points: [number, number][];
}

/** Lines along `x`; `laterUs` moves those of another time. */
export function lines(answer: Pick<ReportAnswer, 'rows' | 'columns'>, chart: Extract<ReportChart, { kind: 'lines' }>, [first, last]: readonly [number, number], top: number, laterUs = 0): Course[] {
  const { columns, rows } = answer;
  const along = place(columns, chart.x);
  const reach = Math.max(last - first, 1);
  return chart.y.flatMap((key) => {
    const column = columns.find((one) => one.key === key);
    if (!column) return [];
    const at = place(columns, key);
    const points = rows.slice(0, MOST.points).flatMap((row): [number, number][] => {
      const [x, y] = [figure(row[along]), figure(row[at])];
      if (x === null || y === null) return [];
      return [[(x + laterUs - first) / reach, top > 0 ? y / top : 0]];
    });
    return [{ column, points: points.filter(([x]) => x >= 0 && x <= 1) }];
  });
}

/** First and last of `x`. */
export function reach(answer: Pick<ReportAnswer, 'rows' | 'columns'>, x: string): [number, number] {
  const at = place(answer.columns, x);
  const values = answer.rows.flatMap((row) => figure(row[at]) ?? []);
  return values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)];
}

/** The largest of these columns. */
export function top(answers: readonly Pick<ReportAnswer, 'rows' | 'columns'>[], keys: readonly string[]): number {
  const values = answers.flatMap(({ rows, columns }) => keys.flatMap((key) => rows.flatMap((row) => figure(row[place(columns, key)]) ?? [])));
  return Math.max(...values, 0);
}

/** Value and darkness by row and column of a grid. */
export function heat(answer: Pick<ReportAnswer, 'rows' | 'columns'>, chart: Extract<ReportChart, { kind: 'heat' }>): Map<string, { value: number; share: number }> {
  const { columns, rows } = answer;
  const [across, down, of] = [place(columns, chart.x), place(columns, chart.rows), place(columns, chart.y[0] ?? '')];
  const most = top([answer], chart.y.slice(0, 1));
  return new Map(
    rows.flatMap((row) => {
      const value = figure(row[of]);
      return value === null ? [] : [[`${row[down]} ${row[across]}`, { value, share: most > 0 ? value / most : 0 }] as const];
    }),
  );
}

export interface Stretch {
  from: number;
  until: number;
  of: Cell;
}

/** Stretches by their row. */
export function spans(answer: Pick<ReportAnswer, 'rows' | 'columns' | 'from' | 'to'>, chart: Extract<ReportChart, { kind: 'spans' }>): [Cell, Stretch[]][] {
  const { columns, rows, from, to } = answer;
  const [begin, end, who, of] = [chart.x, chart.y[0] ?? '', chart.rows, chart.of].map((key) => place(columns, key));
  const reach = Math.max(to - from, 1);
  const by = new Map<Cell, Stretch[]>();
  for (const row of rows) {
    const [x, y] = [figure(row[begin ?? -1]), figure(row[end ?? -1])];
    if (x === null || y === null) continue;
    const key = row[who ?? -1] ?? null;
    const known = by.get(key);
    const stretch = { from: (x - from) / reach, until: (y - from) / reach, of: row[of ?? -1] ?? null };
    if (known) known.push(stretch);
    else by.set(key, [stretch]);
  }
  return [...by].slice(0, MOST.rows);
}
