/** One object on the page: as it is, as it is written, and what others made of it meanwhile. */

import type { Fields, SetupObject } from '../api/setup';
import { type Merged, merged, same, sentOf, valuesOf } from './values';

export class Edit {
  sheet = $state.raw() as SetupObject;
  values = $state.raw() as Fields;
  /** What somebody else changed while this was written. */
  overtaken = $state.raw<(Pick<Merged, 'theirs' | 'both'> & { now: Fields }) | null>(null);

  constructor(
    sheet: SetupObject,
    readonly isNew: boolean,
  ) {
    this.sheet = sheet;
    this.values = this.#read(sheet);
  }

  #read(sheet: SetupObject): Fields {
    return valuesOf(sheet.fields, sheet.defaults);
  }

  get changed(): boolean {
    return !same(this.values, this.#read(this.sheet));
  }

  /** What the server is sent. */
  get sent(): Fields {
    return sentOf(this.values, this.sheet.defaults);
  }

  put(field: string, value: unknown): void {
    const values = { ...this.values, [field]: value };
    if (value === undefined) delete values[field];
    this.values = values;
  }

  discard(): void {
    this.values = this.#read(this.sheet);
    this.overtaken = null;
  }

  /** What is written here stands on top of what the object has become. */
  overtake(now: SetupObject): void {
    const fields = this.#read(now);
    const { values, theirs, both } = merged(this.#read(this.sheet), this.values, fields);
    this.sheet = now;
    this.values = values;
    this.overtaken = { theirs, both, now: fields };
  }

  /** Of a field that both changed: as the other has it. */
  yield(field: string): void {
    const { overtaken } = this;
    if (!overtaken) return;
    this.put(field, overtaken.now[field]);
    this.overtaken = { ...overtaken, both: overtaken.both.filter((one) => one !== field) };
  }
}
