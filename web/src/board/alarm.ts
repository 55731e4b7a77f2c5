/** What an alert says of its queue now. Pure. */

import type { Alert, Language, QueueEntry, QueueTile } from '../api/wire';

/** The figure of the alert as it is now; `null`: there is none. */
export function figureOf({ figure }: Pick<Alert, 'figure'>, tile: QueueTile, now: number): number | null {
  switch (figure) {
    case 'waiting':
      return tile.waiting;
    case 'longest_wait':
      return tile.longest_since === null ? 0 : Math.max(0, Math.floor((now - tile.longest_since) / 1e6));
    case 'service_level':
      return tile.service_level.value === null ? null : Math.floor(tile.service_level.value * 100);
    case 'abandoned': {
      const lost = Math.max(0, tile.abandoned - tile.short_abandoned);
      return tile.answered + lost === 0 ? null : Math.floor((100 * lost) / (tile.answered + lost));
    }
    case 'ready':
      return tile.ready;
    case 'call_backs':
      return tile.call_backs;
  }
}

/** What its queue is called. */
export const queueOf = ({ queue }: Pick<Alert, 'queue'>, queues: readonly QueueEntry[], language: Language): string => {
  const found = queues.find(({ id }) => id === queue);
  return found ? found[language] || found.en : `${queue}`;
};

/** Those that somebody must see to yet, the worst first; each is told anew when it is worse. */
export const unseen = (alerts: readonly Alert[]): Alert[] =>
  alerts.filter(({ seen_by }) => seen_by === undefined).toSorted((a, b) => Number(b.level === 'act') - Number(a.level === 'act') || a.since - b.since);

/** What is heard once: an alert at a level. */
export const heardAs = (alerts: readonly Alert[]): string[] => unseen(alerts).flatMap(({ id, level, sound }) => (sound ? [`${id}:${level}`] : []));
