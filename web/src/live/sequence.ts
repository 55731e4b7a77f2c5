/** The place in the server's numbered history: what to apply, what to skip, when to ask again. */

export interface Place {
  epoch: string;
  seq: number;
}

export type Step = { kind: 'apply'; place: Place } | { kind: 'skip' } | { kind: 'gap' };

/**
 * A snapshot puts us wherever it says. Any other event must be the next one: an older one was applied
 * before, a later one or one of another epoch means that something was missed.
 */
export function step(place: Place | null, epoch: string, seq: number, isSnapshot: boolean): Step {
  if (isSnapshot) return { kind: 'apply', place: { epoch, seq } };
  if (!place || place.epoch !== epoch) return { kind: 'gap' };
  if (seq <= place.seq) return { kind: 'skip' };
  return seq === place.seq + 1 ? { kind: 'apply', place: { epoch, seq } } : { kind: 'gap' };
}
