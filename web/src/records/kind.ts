/** A kind as its pages see it: lines stand among the fields, and each field says what this person may do with it. Pure. */

import type { FieldType, KindField, KindSheet, State } from '../api/records';
import type { Role } from '../api/wire';

export interface RecordField extends Omit<KindField, 'type' | 'access'> {
  type: FieldType | 'lines';
  /** Of lines: the columns. */
  fields: RecordField[];
  may: { read: boolean; write: boolean };
}

export interface Kind extends Omit<KindSheet, 'fields' | 'lines' | 'form'> {
  fields: RecordField[];
  form: KindSheet['form']['sections'];
}

const ROLES: readonly Role[] = ['agent', 'supervisor', 'admin'];

function pageField({ access, ...field }: KindField, role: Role): RecordField {
  const may = (least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
  // What the program reckons nobody writes.
  const reckoned = Boolean(field.value || field.roll || field.from);
  return { ...field, fields: [], may: { read: may(access.read), write: may(access.read) && may(access.write) && !reckoned } };
}

const BARE = { help: null, required: false, search: false, choices: [], kind: null, currency: null, default: null, least: null, most: null } as const;

export function pageKind({ fields, lines, form, ...kind }: KindSheet, role: Role): Kind {
  const rows = lines.map(({ key, name, fields }): RecordField => {
    const columns = fields.map((field) => pageField(field, role)).filter(({ may }) => may.read);
    return { ...BARE, choices: [], key, name, type: 'lines', fields: columns, may: { read: columns.length > 0, write: columns.some(({ may }) => may.write) } };
  });
  return { ...kind, form: form.sections, fields: [...fields.map((field) => pageField(field, role)), ...rows] };
}

export const fieldOf = (kind: Kind, key: string): RecordField | null => kind.fields.find((field) => field.key === key) ?? null;

/** The fields as they may be written in a state: what is agreed in it stays as it is. */
export function inState(kind: Kind, state: string | null): RecordField[] {
  const fixed = stateOf(kind, state)?.fixed ?? [];
  return kind.fields.map((field) => (fixed.includes(field.key) ? { ...field, fields: field.fields.map(still), may: { ...field.may, write: false } } : field));
}

const still = (field: RecordField): RecordField => ({ ...field, may: { ...field.may, write: false } });

export const stateOf = (kind: Kind, key: string | null): State | null => kind.life?.states.find((state) => state.key === key) ?? null;
