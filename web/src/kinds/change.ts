/** What stands in a definition is changed, renamed, retired where it stands. `null`: it is written otherwise, and changed in the text. Pure. */

import type { State } from '../api/records';
import { FIRST_LIFE } from './edit';
import { listOf, type Pair, quoted, type Table, tableOf, tablesOf, textsIn, valueIn, withKey, withoutTable } from './toml';

export interface Naming {
  en: string;
  zh: string;
}

const named = ({ en, zh }: Naming): string => `{ en = ${quoted(en || zh)}, zh = ${quoted(zh || en)} }`;
const worded = (both: Naming): string | null => (both.en || both.zh ? named(both) : null);

interface Edit {
  from: number;
  to: number;
  text: string;
}

/** Places are those of `source`: the last is changed first. */
const edited = (source: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.from - a.from).reduce((text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to), source);

/** Where fields are named: views, parts of the form, what steps need. */
const names = ({ head }: Table): boolean => ['list', 'pop', 'call', 'print', 'print.sections', 'form', 'form.sections'].includes(head) || head.startsWith('life.step.');
/** In these stand no fields, whatever they say. */
const WORDS = ['name', 'en', 'zh', 'as', 'by', 'within', 'from', 'to', 'sign'];

/** Of rules and due times: there a name stands in sentences of their own. */
const RULED: Readonly<Record<string, readonly string[]>> = { due: ['by', 'promise', 'always'], rule: ['when', 'on', 'do'] };

const isNaming = (table: Table, { key }: Pair): boolean => (names(table) || (table.head === '' && key === 'title')) && !WORDS.includes(key);
const isRuled = (table: Table, pair: Pair): boolean => isNaming(table, pair) || (RULED[table.head]?.includes(pair.key) ?? false);

function eachName(source: string, change: (pair: Pair, value: string) => string | null, where = isNaming): string {
  const edits = tablesOf(source).flatMap((table) =>
    table.pairs.flatMap((pair): Edit[] => {
      if (!where(table, pair)) return [];
      const value = source.slice(pair.value.from, pair.value.to);
      const now = change(pair, value);
      if (now === value) return [];
      return now === null ? [{ from: pair.from, to: Math.min(source.length, pair.to + 1), text: '' }] : [{ ...pair.value, text: now }];
    }),
  );
  return edited(source, edits);
}

const escaped = (key: string): string => key.replaceAll(/[^\w]/g, '\\$&');

/* Fields. */

export interface FieldForm extends Naming {
  key: string;
  help: Naming;
  required: boolean;
  search: boolean;
}

/** `published`: the keys that records have now; a field that is called otherwise says what it was. */
export function withFieldChanged(source: string, key: string, form: FieldForm, published: readonly string[]): string | null {
  const head = `field.${key}`;
  if (!tableOf(source, head)) return null;
  const pairs: [string, string | null][] = [
    ['name', named(form)],
    ['help', worded(form.help)],
    ['required', form.required ? 'true' : null],
    ['search', form.search ? 'true' : null],
  ];
  const made = pairs.reduce((text, [name, value]) => withKey(text, head, name, value), source);
  return form.key === key ? made : renamed(made, key, form.key, published);
}

function renamed(source: string, key: string, to: string, published: readonly string[]): string {
  const table = tableOf(source, `field.${key}`) as Table;
  const was = published.includes(key) ? quoted(key) : valueIn(source, table, 'was');
  const line = source.slice(table.from, source.indexOf(']', table.from));
  const text = edited(source, [{ from: table.from, to: table.from + line.length, text: line.replace(new RegExp(`${escaped(key)}\\s*$`), to) }]);
  const kept = withKey(text, `field.${to}`, 'was', was === quoted(to) ? null : was);
  const word = new RegExp(`(?<![\\w'.-])${escaped(key)}(?![\\w'])`, 'g');
  const quotes = new RegExp(`(["'])(-?)${escaped(key)}(\\.\\w+)?\\1`, 'g');
  const setting = new RegExp(`(?<=set\\s*=\\s*\\{[^}]*)(?<![\\w"'])${escaped(key)}(?=\\s*=)`, 'g');
  return eachName(
    kept,
    (pair, value) => {
      if (pair.key === 'when' || pair.key === 'on') return value.replaceAll(word, to);
      if (pair.key === 'title') return value.replaceAll(`{${key}}`, `{${to}}`);
      const named = value.replaceAll(quotes, `$1$2${to}$3$1`);
      return pair.key === 'do' ? named.replaceAll(setting, to) : named;
    },
    isRuled,
  );
}

/** The field goes; so does its name where it stands in a list. What a condition or a rule says of it is told by the server. */
export function withoutField(source: string, key: string): string | null {
  const table = tableOf(source, `field.${key}`);
  if (!table) return null;
  return eachName(withoutTable(source, table), (pair, value) => {
    if (pair.key === 'when' || pair.key === 'title') return value;
    if (!value.startsWith('[')) return textsIn(value)[0]?.replace(/^-/, '') === key ? null : value;
    const texts = textsIn(value);
    return texts.includes(key) ? listOf(texts.filter((text) => text !== key)) : value;
  });
}

/* States and steps. */

export interface StateForm extends Naming {
  kind: State['kind'];
}

export function withStateChanged(source: string, key: string, form: StateForm): string | null {
  const head = `life.state.${key}`;
  if (!tableOf(source, head)) return null;
  return withKey(withKey(source, head, 'name', named(form)), head, 'kind', quoted(form.kind));
}

const STEP = 'life.step.';
/** What a step makes may stand in tables of its own behind it. */
const isStep = (head: string): boolean => head.startsWith(STEP) && !head.slice(STEP.length).includes('.');
const steps = (source: string): Table[] => tablesOf(source).filter(({ head }) => isStep(head));

/** With the steps that lead there, and those that lead from nowhere else. The first state does not go. */
export function withoutState(source: string, key: string): string | null {
  const [table, life] = [tableOf(source, `life.state.${key}`), tableOf(source, 'life')];
  if (!table || !life || valueIn(source, life, 'start') === quoted(key)) return null;
  let text = withoutTable(source, table);
  for (const { head } of steps(text)) {
    const step = tableOf(text, head) as Table;
    const from = textsIn(valueIn(text, step, 'from') ?? '');
    const left = from.filter((state) => state !== key);
    if (left.length === 0 || textsIn(valueIn(text, step, 'to') ?? '')[0] === key) text = withoutTable(text, step);
    else if (left.length < from.length) text = withKey(text, head, 'from', listOf(left));
  }
  return text;
}

export interface StepForm extends Naming {
  key: string;
  from: string[];
  to: string;
  needs: string[];
  /** Who may take it; empty: whoever may write. */
  by: string;
  /** `14d`; empty: at any time. */
  within: string;
  /** A condition; empty: none. */
  when: string;
}

const stepPairs = (form: StepForm): [string, string | null][] => [
  ['name', named(form)],
  ['from', listOf(form.from)],
  ['to', quoted(form.to)],
  ['needs', form.needs.length > 0 ? listOf(form.needs) : null],
  ['when', form.when.trim() ? quoted(form.when.trim()) : null],
  ['by', form.by ? quoted(form.by) : null],
  ['within', form.within.trim() ? quoted(form.within.trim()) : null],
];

/** A new one stands behind the others. */
export function withStep(source: string, form: StepForm): string | null {
  const head = `${STEP}${form.key}`;
  const pairs = stepPairs(form);
  if (tableOf(source, head)) return pairs.reduce((text, [key, value]) => withKey(text, head, key, value), source);
  const last = tablesOf(source).filter((table) => table.head.startsWith(STEP) || table.head.startsWith('life.state.')).at(-1);
  if (!last) return null;
  const text = [`[${head}]`, ...pairs.flatMap(([key, value]) => (value === null ? [] : [`${key} = ${value}`]))].join('\n');
  return `${source.slice(0, last.to)}\n${text}${source.slice(last.to)}`;
}

export function withoutStep(source: string, key: string): string | null {
  const table = tableOf(source, `${STEP}${key}`);
  return table && withoutTable(source, table);
}

/** The first states of a kind that had none. */
export const withLife = (source: string): string => `${source.trimEnd()}

${FIRST_LIFE}
`;

/* The form. */

export interface SectionForm extends Naming {
  fields: string[];
}

const sectionText = ({ en, zh, fields }: SectionForm): string => `[[form.sections]]\nen = ${quoted(en || zh)}\nzh = ${quoted(zh || en)}\nfields = ${listOf(fields)}`;

/** All sections anew, where the first one stood; empty ones are left out. */
export function withSections(source: string, sections: readonly SectionForm[]): string {
  const isSection = ({ head }: Table): boolean => head === 'form.sections' || head === 'form';
  const tables = tablesOf(source);
  const first = tables.find(isSection);
  // Behind the views, before what follows them.
  const place = first?.from ?? tables.find(({ head }) => ['pop', 'call', 'print', 'access'].includes(head))?.from ?? source.length;
  const rest = tables.filter(isSection).reverse().reduce((text, table) => text.slice(0, table.from) + text.slice(Math.min(text.length, table.to + 1)), source);
  const written = sections.filter(({ fields }) => fields.length > 0).map(sectionText).join('\n');
  const [before, behind] = [rest.slice(0, place), rest.slice(place)];
  return `${before}${before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n'}${written}${written ? '\n' : ''}${behind.startsWith('\n') || behind === '' ? '' : '\n'}${behind}`;
}

/** A field to another place, in its section or another: `at` counts without it. */
export function movedField(sections: readonly SectionForm[], key: string, section: number, at: number): SectionForm[] {
  const without = sections.map((one) => ({ ...one, fields: one.fields.filter((field) => field !== key) }));
  return without.map((one, place) => (place === section ? { ...one, fields: [...one.fields.slice(0, at), key, ...one.fields.slice(at)] } : one));
}

/** One place up or down; over the edge of a section into the next. */
export function nudged(sections: readonly SectionForm[], key: string, by: 1 | -1): SectionForm[] {
  const section = sections.findIndex(({ fields }) => fields.includes(key));
  const at = sections[section]?.fields.indexOf(key) ?? -1;
  const to = at + by;
  if (section < 0) return [...sections];
  if (to >= 0 && to < (sections[section]?.fields.length ?? 0)) return movedField(sections, key, section, to);
  const next = section + by;
  if (!sections[next]) return [...sections];
  return movedField(sections, key, next, by > 0 ? 0 : (sections[next]?.fields.length ?? 0));
}
