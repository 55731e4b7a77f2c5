/** Steps as they are taken anywhere: at once, or with a question first. */

import * as api from '../api/records';
import type { RecordSheet, Step } from '../api/records';
import { notices } from '../kit/notices.svelte';
import { Doing } from '../kit/sending.svelte';
import { t, words } from '../text/text.svelte';
import type { Kind } from './kind';

export class Steps {
  /** What asks something first. */
  asked = $state.raw<{ record: RecordSheet; step: Step } | null>(null);
  readonly doing = new Doing();

  constructor(
    private readonly kind: () => Kind,
    private readonly changed: (record: RecordSheet) => unknown,
  ) {}

  async take(record: RecordSheet, step: Step): Promise<void> {
    if (step.needs.length > 0) this.asked = { record, step };
    else await this.doing.send(async () => this.done(await api.takeStep(this.kind().kind, record.id, step.key, record.version, {}), step), this.#refused(record, step));
  }

  done(record: RecordSheet, step: Step): void {
    notices.tell('good', t('record-step-done', { what: record.title, step: words(step.name) }));
    this.changed(record);
  }

  /** What the step still needs is asked for, whoever knew that it does. */
  #refused(record: RecordSheet, step: Step): (refused: { fields: { field: string }[]; code: string }) => Promise<boolean> {
    return async ({ fields, code }) => {
      if (code === 'version_changed') {
        this.changed(await api.record(this.kind().kind, record.id));
        notices.tell('warn', t('record-step-overtaken'));
        return true;
      }
      const needs = fields.map(({ field }) => field.replace(/^fields\./, '')).filter((key) => this.kind().fields.some((one) => one.key === key));
      if (needs.length === 0) return false;
      this.asked = { record, step: { ...step, needs } };
      return true;
    };
  }
}
