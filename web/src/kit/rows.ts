/** The rows of a table: their order, their groups, and which of them are in sight. Pure. */

/** What a column compares; `null`: nothing to compare, always last. */
export type Compared = number | string | null;

export interface Sortable<Row> {
  key: string;
  sort?: (row: Row) => Compared;
  /** What comes first at the first press; else names from A on, numbers from the largest on. */
  first?: 'ascending' | 'descending';
}

export interface Order {
  by: string;
  /** The other way round. */
  turned: boolean;
}

/** The first press on a head, the second turns it round, the third gives the rows their own order back. */
export function pressed(order: Order | null, key: string): Order | null {
  if (order?.by !== key) return { by: key, turned: false };
  return order.turned ? null : { by: key, turned: true };
}

const names = new Intl.Collator(undefined, { numeric: true });

const compare = (a: number | string, b: number | string): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : names.compare(String(a), String(b));

const other = { ascending: 'descending', descending: 'ascending' } as const;

/** As a head says it; `undefined`: the rows are not in the order of this column. */
export function direction<Row>(
  column: Sortable<Row>,
  order: Order | null,
  rows: readonly Row[],
): 'ascending' | 'descending' | undefined {
  if (!column.sort || order?.by !== column.key) return undefined;
  const { sort } = column;
  const text = rows.some((row) => typeof sort(row) === 'string');
  const first = column.first ?? (text ? 'ascending' : 'descending');
  return order.turned ? other[first] : first;
}

/** Alike stay in the order they came in. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Sortable<Row>[], order: Order | null): readonly Row[] {
  const column = columns.find(({ key }) => key === order?.by);
  const way = column && direction(column, order, rows);
  if (!column?.sort || !way) return rows;
  const keyed = rows.map((row) => ({ row, value: column.sort?.(row) ?? null }));
  keyed.sort(({ value: a }, { value: b }) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return way === 'ascending' ? compare(a, b) : compare(b, a);
  });
  return keyed.map(({ row }) => row);
}

/** A line of the table: a row, or the head of those that follow. */
export type Line<Row> = { row: Row } | { group: string; count: number };

/** Groups in the order in which they first come. */
export function grouped<Row>(rows: readonly Row[], group: ((row: Row) => string) | undefined): Line<Row>[] {
  if (!group) return rows.map((row) => ({ row }));
  const parts = new Map<string, Row[]>();
  for (const row of rows) {
    const name = group(row);
    const part = parts.get(name);
    if (part) part.push(row);
    else parts.set(name, [row]);
  }
  return [...parts].flatMap(([name, part]) => [{ group: name, count: part.length }, ...part.map((row) => ({ row }))]);
}

/** Lines drawn above and below those in sight: a key or a wheel does not meet a gap. */
const BESIDE = 10;

export interface Sight {
  /** How far the first line stands above the upper edge of what scrolls, in pixels. */
  above: number;
  /** Of what scrolls. */
  height: number;
  /** Of one line. */
  tall: number;
}

/** Which of `count` lines are drawn. */
export function inSight({ above, height, tall }: Sight, count: number): { from: number; to: number } {
  const room = Math.ceil(height / tall) + 2 * BESIDE;
  const from = Math.max(0, Math.min(Math.floor(above / tall) - BESIDE, count - room));
  return { from, to: Math.min(count, from + room) };
}
