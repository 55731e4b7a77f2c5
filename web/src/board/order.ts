/** The queues in the order and the choice that somebody wants. Pure. */

import type { QueueTile } from '../api/wire';
import { type Level, levelsOf } from './levels';

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
const trouble = ({ tile, levels }: Seen): number => LEVELS.indexOf(levels.all) * 1e9 + tile.waiting * 1e3;

/** The worst first; alike stay in the order of the rules. */
export const byTrouble = (all: readonly Seen[]): Seen[] => all.toSorted((a, b) => trouble(b) - trouble(a));

export function fitting(all: readonly Seen[], search: string, onlyTrouble: boolean): Seen[] {
  const wanted = search.trim().toLowerCase();
  return all.filter(
    ({ name, tile, levels }) =>
      (!onlyTrouble || levels.all !== 'calm') &&
      (name.toLowerCase().includes(wanted) || tile.key.toLowerCase().includes(wanted)),
  );
}
