/** The sections of a form: as the kind says, and whatever it forgot in one more. Pure. */

import type { Words } from '../api/wire';
import type { Kind, RecordField } from './kind';

export interface Section {
  /** `null`: what the kind puts in no section. */
  name: Words | null;
  fields: RecordField[];
}

/** `fields`: those of the kind, as they may be written where a record stands. */
export function sectionsOf(kind: Kind, fields: readonly RecordField[] = kind.fields): Section[] {
  const left = new Map(fields.filter(({ may }) => may.read).map((field) => [field.key, field]));
  const take = (key: string): RecordField[] => {
    const field = left.get(key);
    left.delete(key);
    return field ? [field] : [];
  };
  const said: Section[] = kind.form.map(({ name, fields }) => ({ name, fields: fields.flatMap(take) }));
  return [...said, { name: null, fields: [...left.values()] }].filter(({ fields }) => fields.length > 0);
}

/** What somebody on a call is asked for: the first section, what else is needed, and what is known already. */
export function quickFields(kind: Kind, known: readonly string[] = []): RecordField[] {
  const [first, ...rest] = sectionsOf(kind);
  const writable = ({ may }: RecordField): boolean => may.write;
  const more = ({ required, key }: RecordField): boolean => required || known.includes(key);
  return [...(first?.fields ?? []), ...rest.flatMap(({ fields }) => fields.filter(more))].filter(writable);
}

/** The field that says in one line what a new record is about. */
export const subjectOf = (kind: Kind): RecordField | null => kind.fields.find(({ type, required, may }) => type === 'text' && required && may.write) ?? null;

/** Where on the form a refused field stands: `fields.parts.2.item` by `parts`. */
export const placeOf = (field: string): string => field.replace(/^fields\./, '').split('.')[0] ?? field;
