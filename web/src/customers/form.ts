/** A customer as a form, the way back, and two who edit the same one at the same time. Pure. */

import type { ContactPoint, CustomerCard, NewCustomer } from '../api/wire';
import { reached } from '../text/number';

export interface CustomerForm {
  name: string;
  organisation: string;
  tier: string;
  language: string;
  /** Between commas. */
  tags: string;
  notes: string;
  points: ContactPoint[];
}

export type FormField = keyof CustomerForm;

export const emptyForm = (): CustomerForm => ({
  name: '',
  organisation: '',
  tier: '',
  language: '',
  tags: '',
  notes: '',
  points: [],
});

export const formOf = (card: CustomerCard): CustomerForm => ({
  name: card.name,
  organisation: card.organisation ?? '',
  tier: card.tier ?? '',
  language: card.language ?? '',
  tags: card.tags.join(', '),
  notes: card.notes,
  points: card.contact_points.map((point) => ({ kind: point.kind, value: reached(point), label: point.label })),
});

const tagsOf = (text: string): string[] =>
  text
    .split(/[,，、;；\n]/)
    .map((tag) => tag.trim())
    .filter(Boolean);

/** A row without a value is none. */
const written = (points: ContactPoint[]): ContactPoint[] => points.filter(({ value }) => value.trim() !== '');

export const draftOf = (form: CustomerForm): NewCustomer => ({
  name: form.name.trim(),
  tags: tagsOf(form.tags),
  notes: form.notes,
  contact_points: written(form.points),
  ...(form.organisation.trim() ? { organisation: form.organisation.trim() } : {}),
  ...(form.tier.trim() ? { tier: form.tier.trim() } : {}),
  ...(form.language.trim() ? { language: form.language.trim() } : {}),
});

export const same = (one: CustomerForm, other: CustomerForm): boolean =>
  JSON.stringify(draftOf(one)) === JSON.stringify(draftOf(other));

/** Where on the form a refused field of the draft stands: `points.2.value`, `tags`, `name`. */
export function placeOf(form: CustomerForm, field: string): string {
  const [list, at, part] = field.split('.');
  if (list === 'tags') return 'tags';
  if (list !== 'contact_points' || at === undefined) return field === 'contact_points' ? 'points' : field;
  const sent = written(form.points)[Number(at)];
  return `points.${sent ? form.points.indexOf(sent) : at}.${part === 'label' ? 'label' : 'value'}`;
}

/**
 * Somebody changed the customer from `read` to `theirs` while this form became `mine`: what this form did not
 * touch follows them, what it touched stays. `both` was touched by both, and differs.
 */
export function rebase(
  read: CustomerForm,
  mine: CustomerForm,
  theirs: CustomerForm,
): { form: CustomerForm; both: FormField[] } {
  const text = (value: unknown): string => JSON.stringify(value);
  const form = { ...theirs };
  const both: FormField[] = [];
  for (const field of Object.keys(mine) as FormField[]) {
    if (text(mine[field]) === text(read[field])) continue;
    Object.assign(form, { [field]: mine[field] });
    const touched = text(theirs[field]) !== text(read[field]) && text(theirs[field]) !== text(mine[field]);
    if (touched) both.push(field);
  }
  return { form, both };
}
