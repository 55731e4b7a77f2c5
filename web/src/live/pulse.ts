/**
 * Is the other end still heard? A network that is cut says nothing, so silence is what tells. Pure: the time,
 * in milliseconds, is given.
 */

/** Whoever was asked has said something by then: a sign of life, not yet the answer. */
const ASKED_MS = 2_500;
/** Where signs of life are rarer than that, somewhat more than one of them. */
const ASKED_PART = 0.55;
/** What a page that was held up (a sleeping computer, a long task) leaves the messages to come in. */
const CATCH_UP_MS = 1_000;
/** The watch looks this often. */
export const LOOK_MS = 250;

export class Pulse {
  #heard: number;
  #asked: number | null = null;
  #looked: number;

  /** `limitMs`: without being asked, the other end is silent for less than this. */
  constructor(
    now: number,
    private limitMs: number,
  ) {
    this.#heard = now;
    this.#looked = now;
  }

  limit(limitMs: number): void {
    this.limitMs = limitMs;
  }

  heard(now: number): void {
    this.#heard = now;
    this.#asked = null;
  }

  asked(now: number): void {
    this.#asked ??= now;
  }

  /** `true`: nobody is there any more. */
  isDead(now: number): boolean {
    const asked = Math.max(ASKED_MS, this.limitMs * ASKED_PART);
    const heldUp = now - this.#looked > CATCH_UP_MS;
    this.#looked = now;
    if (heldUp) {
      this.#heard = Math.max(this.#heard, now - this.limitMs + CATCH_UP_MS);
      if (this.#asked !== null) this.#asked = Math.max(this.#asked, now - asked + CATCH_UP_MS);
    }
    return now - this.#heard >= this.limitMs || (this.#asked !== null && now - this.#asked >= asked);
  }
}
