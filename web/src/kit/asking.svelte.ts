/**
 * One question to the server and what came of it.
 *
 * | state | there is |
 * | --- | --- |
 * | `quiet` | no question |
 * | `loading` | a question, and no answer yet |
 * | `there` | an answer, perhaps asked for anew (`busy`) |
 * | `stale` | an answer, and the same question could not be answered again |
 * | `failed` | a refusal alone |
 *
 * The last question counts: an answer that another question has overtaken is nobody's. What was told stays on the
 * screen while another question is asked, and goes when that one fails.
 */

import { Refused } from '../api/rest';

export type State = 'quiet' | 'loading' | 'there' | 'stale' | 'failed';

export interface Manner {
  /** A question is asked when no other has come for so long: for those that follow the typing. */
  pauseMs?: number;
  /** Asked again so long after each answer, while the page can be seen. */
  everyMs?: number;
  /** Asked again so long after a server that is away or has too much to do. */
  awayMs?: number;
  /** What was told of one thing is not shown while another is asked about. */
  afresh?: boolean;
}

/** What is shown of a question, whatever it is about. */
export interface Told<T> {
  readonly state: State;
  readonly value: T | null;
  readonly refused: Refused | null;
  again(): Promise<void>;
}

/** Whether anybody looks. */
export interface Sight {
  hidden(): boolean;
  /** Calls `look` when the page is seen again; returns how to stop that. */
  seen(look: () => void): () => void;
}

const page: Sight = {
  hidden: () => document.hidden,
  seen(look) {
    const changed = (): void => void (document.hidden || look());
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  },
};

/** `About`: what is asked about; `T`: what is told of it. */
export class Asking<About, T extends NonNullable<unknown>> implements Told<T> {
  value = $state.raw<T | null>(null);
  /** What the value was asked about. */
  about = $state.raw<About | null>(null);
  refused = $state.raw<Refused | null>(null);
  busy = $state(false);

  #wanted: { about: About } | null = null;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asleep = false;
  #unwatch: (() => void) | undefined;

  constructor(
    private readonly ask: (about: About) => Promise<T>,
    private readonly manner: Manner = {},
    private readonly sight: Sight = page,
  ) {}

  get state(): State {
    if (this.value !== null) return this.refused ? 'stale' : 'there';
    if (this.refused) return 'failed';
    return this.busy ? 'loading' : 'quiet';
  }

  /** Another question; `null`: none. */
  put(about: About | null): void {
    this.#begin();
    this.#wanted = about === null ? null : { about };
    this.refused = null;
    this.busy = about !== null;
    if (about === null || this.manner.afresh) this.value = this.about = null;
    if (about === null) return;
    if (this.manner.everyMs !== undefined) this.#unwatch ??= this.sight.seen(() => this.#asleep && void this.again());
    const { pauseMs } = this.manner;
    if (pauseMs === undefined) void this.#run(about, this.ask, true);
    else this.#timer = setTimeout(() => void this.#run(about, this.ask, true), pauseMs);
  }

  /** The same question once more. */
  async again(): Promise<void> {
    if (this.#wanted) await this.#run(this.#wanted.about, this.ask, this.value === null);
  }

  /** What comes after what has been told, such as a further page. `next`: all there is then. */
  async further(next: (value: T, about: About) => Promise<T>): Promise<void> {
    const { value } = this;
    if (this.#wanted && value !== null) await this.#run(this.#wanted.about, (about) => next(value, about), false);
  }

  /** What is known without asking: an answer of the server to something else. */
  tell(value: T): void {
    if (!this.#wanted) return;
    this.#begin();
    [this.value, this.about, this.refused, this.busy] = [value, this.#wanted.about, null, false];
    this.#later(this.manner.everyMs);
  }

  stop(): void {
    this.#begin();
    this.#wanted = null;
    this.busy = false;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** From here on no other answer counts. */
  #begin(): number {
    clearTimeout(this.#timer);
    this.#asleep = false;
    return ++this.#turn;
  }

  async #run(about: About, ask: (about: About) => Promise<T>, another: boolean): Promise<void> {
    const mine = this.#begin();
    if (this.manner.everyMs !== undefined && this.sight.hidden()) {
      this.#asleep = true;
      return;
    }
    this.busy = true;
    let wait = this.manner.everyMs;
    try {
      const told = await ask(about);
      if (mine !== this.#turn) return;
      [this.value, this.about, this.refused] = [told, about, null];
    } catch (error) {
      if (mine !== this.#turn) return;
      this.refused = error instanceof Refused ? error : new Refused(0, 'internal', String(error));
      if (another) this.value = this.about = null;
      if (this.refused.away) wait ??= this.manner.awayMs;
      if (wait !== undefined) wait = Math.max(wait, (this.refused.retryAfter ?? 0) * 1000);
    }
    this.busy = false;
    this.#later(wait);
  }

  #later(ms: number | undefined): void {
    if (ms !== undefined) this.#timer = setTimeout(() => void this.again(), ms);
  }
}
