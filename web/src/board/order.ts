/** The queues in the order and the choice that somebody wants. Pure. */

import type { QueueTile } from '../api/wire';
import { type Level, levelsOf } from './levels';

export const COLUMNS = ['trouble', 'name', 'waiting', 'longest', 'level', 'offered', 'answered', 'abandoned', 'asa', 'ready', 'busy'] as const;
export type Column = (typeof COLUMNS)[number];

/** One queue with what is said of it: its name on the screen, how long the longest has waited, what that deserves. */
export interface Seen {
  tile: QueueTile;
  name: string;
  waited: number | null;
  levels: Record<'wait' | 'service' | 'staff' | 'all', Level>;
}

export const seen = (tile: QueueTile, name: string, waited: number | null): Seen => ({
  tile,
  name,
  waited,
  levels: levelsOf(tile, waited),
});

const LEVELS: readonly Level[] = ['calm', 'warn', 'act'];
const names = new Intl.Collator();

/** What is compared; the larger number first, the name the other way round. */
function value({ tile, waited, levels }: Seen, column: Column): number {
  switch (column) {
    case 'trouble':
      return LEVELS.indexOf(levels.all) * 1e9 + tile.waiting * 1e3;
    case 'waiting':
      return tile.waiting;
    case 'longest':
      return waited ?? -1;
    case 'level':
      // The worst first: that is what one looks for.
      return -(tile.service_level.value ?? 2);
    case 'asa':
      return tile.answered > 0 ? tile.asa_ms : -1;
    case 'offered':
    case 'answered':
    case 'abandoned':
    case 'ready':
    case 'busy':
      return tile[column];
    case 'name':
      return 0;
  }
}

/** `turned`: the other way round. Alike stay in the order of the rules. */
export function ordered(all: readonly Seen[], column: Column, turned: boolean): Seen[] {
  const way = turned ? -1 : 1;
  return all.toSorted((a, b) =>
    way * (column === 'name' ? names.compare(a.name, b.name) : value(b, column) - value(a, column)),
  );
}

export function fitting(all: readonly Seen[], search: string, onlyTrouble: boolean): Seen[] {
  const wanted = search.trim().toLowerCase();
  return all.filter(
    ({ name, tile, levels }) =>
      (!onlyTrouble || levels.all !== 'calm') &&
      (name.toLowerCase().includes(wanted) || tile.key.toLowerCase().includes(wanted)),
  );
}
