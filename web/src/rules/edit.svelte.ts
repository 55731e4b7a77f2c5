/** One queue's rules on the page: as they are, and as they are written. */

import type { Patch, QueueSheet } from '../api/rules';
import { type Form, formOf, newQueue, NEW, patchOf, unnamed } from './form';
import { dropForm, keepForm, keptForm } from './kept';

export class Edit {
  readonly adding: boolean;
  /** What was written here before is here again. */
  readonly kept: boolean;
  form = $state() as Form;
  naming = $state(unnamed());
  /** What has to be asked for. */
  readonly patch: Patch = $derived.by(() => {
    const { rules } = this.sheet;
    return this.adding ? newQueue(rules, this.form, this.naming) : patchOf(rules, this.form);
  });
  readonly changed = $derived.by(() => (this.adding ? this.naming.key !== '' : Object.keys(this.patch).length > 0));

  constructor(
    readonly sheet: QueueSheet,
    private readonly locked: boolean,
  ) {
    this.adding = sheet.key === NEW;
    const kept = this.adding || locked ? null : keptForm(sheet.key, sheet.rules);
    this.kept = kept !== null;
    this.form = kept ?? formOf(sheet.rules);
  }

  /** Neither another page nor a reload loses what is not applied yet. */
  keep(): void {
    if (this.adding || this.locked) return;
    if (this.changed) keepForm(this.sheet.key, this.sheet.rules, this.form);
    else dropForm(this.sheet.key);
  }

  discard(): void {
    this.form = formOf(this.sheet.rules);
    this.naming = unnamed();
  }
}
