/** What the levels of a call mean: talking while muted, a dead microphone, a silent other side. Pure. */

import type { Hearing } from './status';

/** Loudness of some milliseconds, root mean square of samples in -1..1; `null`: nothing to measure. */
export interface Levels {
  at: number;
  own: number | null;
  far: number | null;
  muted: boolean;
  /** On hold nobody needs to be heard. */
  held: boolean;
}

/** A line or a room is never quieter than that: this is no sound at all (-84 dBFS). */
const NOTHING = 6e-5;
/** Somebody speaks into the microphone (-42 dBFS). */
const SPEECH = 8e-3;
const SILENT_MS = 6_000;
const FAR_SILENT_MS = 10_000;
/** So much speech in a row, pauses between words taken out. */
const TALKED_MS = 500;
/** After so long without speech the hint is over. */
const PAUSE_MS = 4_000;
/** A measurement counts for at most so long: a page in the background measures seldom. */
const STEP_MAX_MS = 400;

export class Ear {
  #at: number | null = null;
  #ownSince: number | null = null;
  #farSince: number | null = null;
  #talked = 0;
  #spokeAt = 0;

  hear({ at, own, far, muted, held }: Levels): Hearing {
    const step = Math.min(STEP_MAX_MS, at - (this.#at ?? at));
    this.#at = at;
    this.#ownSince = muted || held || own === null || own > NOTHING ? at : (this.#ownSince ?? at);
    this.#farSince = held || far === null || far > NOTHING ? at : (this.#farSince ?? at);
    if (!muted || held) this.#talked = 0;
    else if (own !== null && own >= SPEECH) [this.#talked, this.#spokeAt] = [this.#talked + step, at];
    else if (at - this.#spokeAt > PAUSE_MS) this.#talked = 0;
    return {
      talkingMuted: this.#talked >= TALKED_MS,
      silent: at - this.#ownSince >= SILENT_MS,
      farSilent: at - this.#farSince >= FAR_SILENT_MS,
    };
  }
}

/** How far a meter moves: 0 at -60 dBFS, 1 at -10 dBFS. */
export const shown = (rms: number): number => Math.min(1, Math.max(0, (20 * Math.log10(rms + 1e-5) + 60) / 50));
