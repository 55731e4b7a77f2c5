/** All queues of the board together. Pure. */

import type { QueueTile } from '../api/wire';

export interface Sum {
  waiting: number;
  answered: number;
  abandoned: number;
  /** By the formula of the tiles; `null` before the first countable contact. */
  level: number | null;
}

export function sumOf(queues: readonly QueueTile[]): Sum {
  const sum = { waiting: 0, answered: 0, abandoned: 0 };
  let [countable, inTime] = [0, 0];
  for (const { waiting, answered, abandoned, short_abandoned, service_level } of queues) {
    sum.waiting += waiting;
    sum.answered += answered;
    sum.abandoned += abandoned;
    const counts = answered + abandoned - short_abandoned;
    countable += counts;
    inTime += (service_level.value ?? 0) * counts;
  }
  return { ...sum, level: countable > 0 ? inTime / countable : null };
}
