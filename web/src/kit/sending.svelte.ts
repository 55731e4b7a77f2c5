/** A form on its way to the server: sent once at a time, and what was refused of it by its place on the form. */

import { Refused } from '../api/rest';
import type { FieldRefused } from '../api/wire';
import { refusalWords } from './words';

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
   * `true`: it is done. `explain` may take a refusal as its own by answering `true`. What is already on its way is
   * not sent a second time.
   */
  async send(work: () => Promise<unknown>, explain: (refused: Refused) => boolean | Promise<boolean> = () => false): Promise<boolean> {
    if (this.busy) return false;
    this.clear();
    this.busy = true;
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!(await explain(error))) this.#take(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #take(refused: Refused): void {
    this.fields = Object.fromEntries(refused.fields.map((field) => [this.place(field.field), field]));
    if (refused.fields.length === 0) this.refuse(refused.code, refused.message);
  }
}
