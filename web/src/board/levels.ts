/** When a number on the board deserves a look (warn) or a hand (act). Pure. */

import type { QueueTile } from '../api/wire';

export type Level = 'calm' | 'warn' | 'act';

/** Below target: look. Ten points below: act. */
const ACT_BELOW_TARGET = 0.1;
const WAIT_ACT_FACTOR = 3;

export function serviceLevel({ service_level: { value, target } }: QueueTile): Level {
  if (value === null || value >= target) return 'calm';
  return target - value > ACT_BELOW_TARGET + 1e-9 ? 'act' : 'warn';
}

/** Against the promised answer time of the queue. */
export function longestWait(tile: QueueTile, waitedMs: number | null): Level {
  if (waitedMs === null) return 'calm';
  const promised = tile.service_level.threshold_s * 1000;
  if (waitedMs <= promised) return 'calm';
  return waitedMs > promised * WAIT_ACT_FACTOR ? 'act' : 'warn';
}

/** Somebody waits and nobody is there. */
export function staffing(tile: QueueTile): Level {
  if (tile.waiting === 0) return 'calm';
  const present = tile.ready + tile.reserved + tile.busy + tile.wrap_up;
  if (present === 0) return 'act';
  return tile.waiting > present ? 'warn' : 'calm';
}

const ORDER: readonly Level[] = ['calm', 'warn', 'act'];

export const worst = (...levels: Level[]): Level =>
  levels.reduce((most, level) => (ORDER.indexOf(level) > ORDER.indexOf(most) ? level : most), 'calm');

/** What each number deserves, and the tile. `waitedMs`: of who waits longest. */
export function levelsOf(tile: QueueTile, waitedMs: number | null): Record<'wait' | 'service' | 'staff' | 'all', Level> {
  const [wait, service, staff] = [longestWait(tile, waitedMs), serviceLevel(tile), staffing(tile)];
  return { wait, service, staff, all: worst(wait, service, staff) };
}
