/** What is done to the text of a definition without writing it by hand. What stands in it stays as it is. Pure. */

import type { FieldType, State } from '../api/records';
import { quoted } from './toml';

export interface NewField {
  key: string;
  en: string;
  zh: string;
  type: FieldType;
  required: boolean;
  /** Of choices: one a line, `key: English: 中文`, or a word alone. */
  choices: string;
  /** Of references. */
  kind: string;
  /** The place of the section on the form; `null`: the last one of all. */
  section: number | null;
}

export interface NewState {
  key: string;
  en: string;
  zh: string;
  kind: State['kind'];
  /** States from which a step leads there; of the same name. */
  from: string[];
}

const named = (en: string, zh: string): string => `{ en = ${quoted(en || zh)}, zh = ${quoted(zh || en)} }`;

/** `Wrist size (cm)` is called `wrist_size_cm`; what has no such letters has no name of its own. */
export const keyOf = (words: string): string =>
  words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '')
    .slice(0, 40);

export const isKey = (key: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(key) && !key.includes('__');

function choiceOf(line: string): string {
  const [key = '', en, zh] = line.split(/[:：]/).map((part) => part.trim());
  if (en === undefined) return isKey(key) ? quoted(key) : `{ key = ${quoted(keyOf(key) || key)}, en = ${quoted(key)}, zh = ${quoted(key)} }`;
  return `{ key = ${quoted(key)}, en = ${quoted(en)}, zh = ${quoted(zh ?? en)} }`;
}

function fieldText({ key, en, zh, type, required, choices, kind }: NewField): string {
  const said = choices.split('\n').map((line) => line.trim()).filter(Boolean);
  return [
    `[field.${key}]`,
    `name = ${named(en, zh)}`,
    `type = ${quoted(type)}`,
    ...(required ? ['required = true'] : []),
    ...(type === 'choice' || type === 'choices' ? [`choices = [${said.map(choiceOf).join(', ')}]`] : []),
    ...(type === 'ref' || type === 'refs' ? [`kind = ${quoted(kind)}`] : []),
  ].join('\n');
}

/** Behind the last table whose head begins so; without any, at the end. */
function behind(source: string, head: RegExp, text: string): string {
  const lines = source.replace(/\s+$/, '').split('\n');
  let last = -1;
  lines.forEach((line, at) => {
    if (head.test(line)) last = at;
  });
  if (last < 0) return `${lines.join('\n')}\n\n${text}\n`;
  let end = last + 1;
  while (end < lines.length && !/^\s*\[(?!\s*$)/.test(lines[end] ?? '')) end += 1;
  // Comments and space before the next table belong to that one.
  while (end > last + 1 && /^\s*(#.*)?$/.test(lines[end - 1] ?? '')) end -= 1;
  return `${[...lines.slice(0, end), '', ...text.split('\n'), ...lines.slice(end)].join('\n')}\n`;
}

/** Named in a section of the form; where the sections are written otherwise the server puts it into a last one. */
function inSection(source: string, section: number, key: string): string {
  let at = -1;
  let done = false;
  return source.replaceAll(/^\[\[form\.sections\]\]|^(fields\s*=\s*\[)([^\]]*)\]/gm, (all: string, begin?: string, keys?: string) => {
    if (begin === undefined) {
      at += 1;
      return all;
    }
    if (at !== section || done) return all;
    done = true;
    const rest = (keys ?? '').replace(/[\s,]+$/, '');
    return `${begin}${rest ? `${rest}, ` : ''}${quoted(key)}]`;
  });
}

export function withField(source: string, field: NewField): string {
  const made = behind(source, /^\s*\[field\./, fieldText(field));
  return field.section === null ? made : inSection(made, field.section, field.key);
}

export function withState(source: string, { key, en, zh, kind, from }: NewState): string {
  const name = named(en, zh);
  const made = behind(source, /^\s*\[life\.state\./, `[life.state.${key}]\nname = ${name}\nkind = ${quoted(kind)}`);
  if (from.length === 0) return made;
  return behind(made, /^\s*\[life\.step\./, `[life.step.to_${key}]\nname = ${name}\nfrom = [${from.map(quoted).join(', ')}]\nto = ${quoted(key)}`);
}

/** The states of a kind that begins. */
export const FIRST_LIFE = `[life]
start = "open"
[life.state.open]
name = { en = "Open", zh = "待处理" }
kind = "open"
[life.state.done]
name = { en = "Done", zh = "已完成" }
kind = "done"

[life.step.finish]
name = { en = "Finish", zh = "完成" }
from = "open"
to = "done"`;

/** A kind to begin with. */
export const blankKind = (key: string, en: string, zh: string): string => `kind = ${quoted(key)}
name = ${named(en, zh)}
group = "other"
number = ${quoted(`${key.slice(0, 1).toUpperCase()}-{yyyy}-{seq:5}`)}
title = "{subject}"
of = "customer"

[field.subject]
name = { en = "Subject", zh = "主题" }
type = "text"
required = true
search = true

${FIRST_LIFE}

[list]
columns = ["number", "subject", "state", "customer"]
board_by = "state"

[[form.sections]]
en = ${quoted(en || key)}
zh = ${quoted(zh || en || key)}
fields = ["subject"]

[pop]
show = ["subject", "state"]
when = "state != 'done'"
`;

/** Where a line begins and ends in the text. Lines count from 1. */
export function lineAt(source: string, line: number): { from: number; to: number } {
  const lines = source.split('\n');
  const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return { from, to: from + (lines[line - 1]?.length ?? 0) };
}
