/** A column of a table. */

import type { Snippet } from 'svelte';

import type { Sortable } from './rows';

export interface Column<Row> extends Sortable<Row> {
  /** Words of the head. */
  head: string;
  /** The head is spoken only: of actions. */
  unseen?: boolean;
  /** What the words of the head mean. */
  about?: string;
  /** One of both. */
  text?: (row: Row) => string | number;
  cell?: Snippet<[row: Row]>;
  /** Names the row. */
  names?: boolean;
  /** Numbers, to the right. */
  number?: boolean;
  /** Of head and cells. */
  class?: string;
  /** Of the cell alone. */
  look?: (row: Row) => string;
  title?: (row: Row) => string;
  test?: (row: Row) => string | undefined;
  /** Only where the window is at least so wide, in pixels. */
  from?: 560 | 640 | 720 | 900 | 1280;
}
