/** Changed rules that were not applied, kept in this browser until they are, or are discarded. */

import type { QueueRules } from '../api/rules';
import { remember, remembered } from '../kit/remember';
import { type Form, formOf } from './form';

interface Kept {
  /** What the change began with. */
  rules: QueueRules;
  form: Form;
}

const key = (queue: string): string => `rules.${queue}`;

function kept(queue: string): Kept | null {
  try {
    const found = JSON.parse(remembered(key(queue)) ?? 'null') as Kept | null;
    return found && Array.isArray(found.rules.relax) && Array.isArray(found.form.relax) ? found : null;
  } catch {
    return null;
  }
}

export const keepForm = (queue: string, rules: QueueRules, form: Form): void =>
  remember(key(queue), JSON.stringify({ rules, form } satisfies Kept));

export const dropForm = (queue: string): void => remember(key(queue), null);

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What was changed of `before`, on top of what the rules are now. */
export function rebase(before: QueueRules, mine: Form, now: QueueRules): Form {
  const [old, theirs] = [formOf(before), formOf(now)];
  const changed = Object.entries(mine).filter(([field, value]) => field in theirs && !same(value, old[field as keyof Form]));
  return { ...theirs, ...Object.fromEntries(changed) };
}

/** The form with what was kept of it; `null`: nothing of it differs from the rules. */
export function keptForm(queue: string, now: QueueRules): Form | null {
  const found = kept(queue);
  if (!found) return null;
  const form = rebase(found.rules, found.form, now);
  return same(form, formOf(now)) ? null : form;
}
