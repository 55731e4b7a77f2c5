/** The rows that are ticked, by their id. Only those that are shown count: nobody is meant by accident. */

import { SvelteSet } from 'svelte/reactivity';

export class Ticks<Row> {
  readonly #on = new SvelteSet<number | string>();

  constructor(readonly id: (row: Row) => number | string) {}

  has(row: Row): boolean {
    return this.#on.has(this.id(row));
  }

  set(row: Row, on: boolean): void {
    if (on) this.#on.add(this.id(row));
    else this.#on.delete(this.id(row));
  }

  /** None but these. */
  only(rows: readonly Row[]): void {
    this.#on.clear();
    for (const row of rows) this.#on.add(this.id(row));
  }

  among(rows: readonly Row[]): Row[] {
    return rows.filter((row) => this.has(row));
  }
}
