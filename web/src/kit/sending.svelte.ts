/** What is on its way to the server: once at a time, and what was refused of it. */

import { Refused } from '../api/rest';
import type { FieldRefused } from '../api/wire';
import { notices } from './notices.svelte';
import { refusalWords } from './words';

/** Of a form: what was refused stands by its place on the form. */
export class Sending {
  busy = $state(false);
  /** Place on the form to what was refused there. */
  fields = $state.raw<Readonly<Record<string, FieldRefused>>>({});
  #problem = $state.raw<{ code: string; told: string } | null>(null);

  /** `place`: where on the form a field of the server stands. */
  constructor(private readonly place: (field: string) => string = (field) => field) {}

  /** What is wrong with the whole, in words. */
  get problem(): string | null {
    return this.#problem && refusalWords(this.#problem.code, this.#problem.told);
  }

  refuse(code: string, told = code): void {
    this.#problem = { code, told };
  }

  clear(): void {
    [this.fields, this.#problem] = [{}, null];
  }

  /**
   * `true`: it is done. `explain` may take a refusal as its own by answering `true`; what is refused while it does
   * so counts instead. What is already on its way is not sent a second time.
   */
  async send(work: () => Promise<unknown>, explain: (refused: Refused) => boolean | Promise<boolean> = () => false): Promise<boolean> {
    if (this.busy) return false;
    this.clear();
    this.busy = true;
    try {
      await work();
      return true;
    } catch (error) {
      await this.#explained(error, explain);
      return false;
    } finally {
      this.busy = false;
    }
  }

  async #explained(error: unknown, explain: (refused: Refused) => boolean | Promise<boolean>): Promise<void> {
    if (!(error instanceof Refused)) throw error;
    try {
      if (!(await explain(error))) this.take(error);
    } catch (next) {
      if (!(next instanceof Refused)) throw next;
      this.take(next);
    }
  }

  protected take(refused: Refused): void {
    this.fields = Object.fromEntries(refused.fields.map((field) => [this.place(field.field), field]));
    if (refused.fields.length === 0) this.refuse(refused.code, refused.message);
  }
}

/** Of a button that stands alone: a refusal is a notice. */
export class Doing extends Sending {
  protected override take(refused: Refused): void {
    notices.refused(refused.code, refused.message);
  }
}
