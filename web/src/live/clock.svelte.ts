/** The server's clock as this browser sees it, ticking for timers on the screen. */

const TICK_MS = 500;

class Clock {
  /** Microseconds, like every time of the server. */
  now = $state(Date.now() * 1000);
  #skew = 0;
  #measured = false;

  constructor() {
    setInterval(() => (this.now = Date.now() * 1000 + this.#skew), TICK_MS);
  }

  /** Smoothed, so that a late message does not make timers jump. */
  heard(at: number): void {
    const skew = at - Date.now() * 1000;
    this.#skew = this.#measured ? this.#skew + (skew - this.#skew) / 8 : skew;
    this.#measured = true;
  }

  /** Milliseconds since `at`, never negative. */
  since(at: number): number {
    return Math.max(0, (this.now - at) / 1000);
  }

  until(at: number): number {
    return Math.max(0, (at - this.now) / 1000);
  }
}

export const clock = new Clock();
