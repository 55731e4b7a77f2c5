/** What can be said of the recording of a contact. Pure. */

import type { InteractionDetail } from '../api/wire';

/** How it stands; only what is `kept` or `coming` is asked for. */
export type Standing = 'none' | 'coming' | 'kept' | 'missing' | 'deleted';

type Told = Pick<InteractionDetail, 'recording' | 'recorded'>;

export function standing({ recording, recorded }: Told): Standing {
  if (!recording) return 'none';
  if (!recorded) return 'coming';
  if (recorded.deleted !== null) return 'deleted';
  return recorded.sha256 === '' && recorded.key === null ? 'missing' : 'kept';
}

/** A stretch of a recording, in seconds from its beginning. */
export interface Stretch {
  from: number;
  to: number;
}

/** Where nothing was kept of any voice. The recording begins with the talk, or when the agent wanted it. */
export function paused(events: InteractionDetail['events'], length: number): Stretch[] {
  const begun = events.find(({ kind }) => kind === 'recording.started' || kind === 'call.connected')?.at;
  if (begun === undefined) return [];
  const found: Stretch[] = [];
  let from: number | null = null;
  for (const { kind, at } of events) {
    const second = Math.min(length, Math.max(0, (at - begun) / 1e6));
    if (kind === 'recording.paused') from ??= second;
    if (kind === 'recording.resumed' && from !== null) {
      found.push({ from, to: second });
      from = null;
    }
  }
  if (from !== null) found.push({ from, to: length });
  return found.filter(({ from, to }) => to > from);
}
