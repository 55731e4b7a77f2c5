/** The values of a form: from what the server shows of an object, and back to what it is sent. Pure. */

import type { Fields } from '../api/setup';

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, ordered(one)]));
};

/** The same value, in whatever order its keys stand. */
export const same = (one: unknown, other: unknown): boolean => JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));

/** Fields that say how a password is to be; what is not there stays as it is. */
export const PASSWORDS: readonly string[] = ['password', 'sip'];

/** Every field with its value. */
export function valuesOf(fields: Fields, defaults: Fields): Fields {
  const values = { ...defaults, ...fields };
  for (const name of PASSWORDS) delete values[name];
  return values;
}

/** What differs from the default. */
export const sentOf = (values: Fields, defaults: Fields): Fields =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => PASSWORDS.includes(name) || !same(value, defaults[name])));

export interface Merged {
  values: Fields;
  /** What somebody else changed, and I did not. */
  theirs: string[];
  /** What both changed, each otherwise. */
  both: string[];
}

/** My changes of `base` on top of what it has become. Nothing of mine is lost, and what is theirs is told. */
export function merged(base: Fields, mine: Fields, now: Fields): Merged {
  const names = [...new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(now)])];
  const byMe = names.filter((name) => !same(base[name], mine[name]));
  const byThem = names.filter((name) => !same(base[name], now[name]));
  const values = { ...now };
  for (const name of byMe) values[name] = mine[name];
  return {
    values,
    theirs: byThem.filter((name) => !byMe.includes(name)),
    both: byThem.filter((name) => byMe.includes(name) && !same(mine[name], now[name])),
  };
}

/** A name in both languages, whatever way it is written. */
export function labelOf(value: unknown): { en: string; zh: string } {
  if (typeof value === 'string') return { en: value, zh: '' };
  const texts = (value ?? {}) as Record<string, string>;
  return { en: texts['en'] ?? '', zh: texts['zh'] ?? '' };
}

/** One for everybody where only one is written. */
export function asLabel({ en, zh }: { en: string; zh: string }): unknown {
  if (en && zh) return { en, zh };
  return zh ? { zh } : en;
}

/** `09:00-12:00, 13:00-18:00`. */
export const spansIn = (text: string): string[] => text.split(/[,，、;]/).map((span) => span.trim().replaceAll(/\s*[-–—~至]\s*/g, '-')).filter(Boolean);

export const linesIn = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** A key for a name: `Ana Li` becomes `ana-li`. What has no such letters is for its owner to name. */
export const keyFor = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/[̀-ͯ]/g, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
