/** What a new center is made of, from what its first administrator writes. Pure. */

import type { Fields, Patch } from '../../api/setup';
import type { Language } from '../../api/wire';
import { keyFor } from '../values';

/** Steps behind the first administrator, in their order. */
export const STEPS = ['reach', 'trunk', 'line', 'people', 'call'] as const;
export type Step = (typeof STEPS)[number];

export const isStep = (word: string | null): word is Step => STEPS.some((step) => step === word);

/** The one after it; `null`: the checklist. */
export const after = (step: Step): Step | null => STEPS[STEPS.indexOf(step) + 1] ?? null;

/** A key for a name, `otherwise` where the name has no letters of keys; another one where it is taken. */
export function freeKey(name: string, otherwise: string, taken: readonly string[]): string {
  const key = keyFor(name) || otherwise;
  for (let nth = 1; ; nth += 1) {
    const one = nth === 1 ? key : `${key.slice(0, 36)}-${nth}`;
    if (!taken.includes(one)) return one;
  }
}

export interface Line {
  /** As it arrives with the call. */
  number: string;
  /** What callers wait in. */
  name: string;
  language: Language;
  record: boolean;
}

/** A greeting, a queue, and what is said when nobody could take the call. */
export function flowText({ name, language, record }: Line, queue: string): string {
  const text = (value: string): string => JSON.stringify(value);
  const prompts = record ? '["welcome", "recording-notice"]' : '"welcome"';
  return `title = ${text(name)}
start = "pick-up"
language = "${language}"

[step.pick-up]
do = "answer"
next = "welcome"

[step.welcome]
do = "play"
prompts = ${prompts}
next = "line"

[step.line]
do = "queue"
queue = "${queue}"
next = "nobody-free"

[step.nobody-free]
do = "play"
prompts = ["nobody-free", "goodbye"]
next = "hang-up"

[step.hang-up]
do = "hangup"
`;
}

/** Words of the desktop's menus, for a beginning: [key, English, Chinese]. */
const REASONS = [
  ['break', 'Break', '休息'],
  ['lunch', 'Lunch', '午餐'],
  ['meeting', 'Meeting', '会议'],
] as const;
const DISPOSITIONS = [
  ['solved', 'Solved', '已解决'],
  ['call-again', 'To be called again', '需回电'],
  ['other', 'Something else', '其他'],
] as const;

const named = (rows: readonly (readonly [string, string, string])[]): Record<string, Fields> =>
  Object.fromEntries(rows.map(([key, en, zh]) => [key, { name: { en, zh } }]));

/** What is there already, by kind. */
export interface Known {
  queues: readonly string[];
  flows: readonly string[];
  /** Reasons and dispositions of its own. */
  words: boolean;
}

/** A number, its flow, its queue, and the words that agents choose from: one version of the center. */
export function linePatch(line: Line, known: Known): Patch {
  const queue = freeKey(line.name, 'main', known.queues);
  const flow = freeKey(queue, queue, known.flows);
  return {
    queue: { [queue]: { name: line.name, ...(line.record ? { record: true } : {}) } },
    flow: { [flow]: { text: flowText(line, queue) } },
    number: { [line.number]: { flow, name: line.name } },
    ...(known.words ? {} : { reason: named(REASONS), disposition: named(DISPOSITIONS) }),
  };
}

export interface Colleague {
  key: string;
  name: string;
}

/** One a line: `Ana Li`, or with a sign-in name of one's choice: `Ana Li, ana`. */
export function colleaguesIn(lines: string, taken: readonly string[]): Colleague[] {
  const found: Colleague[] = [];
  for (const line of lines.split('\n').map((one) => one.trim()).filter(Boolean)) {
    const [name = '', wanted = ''] = line.split(/[,，;\t]/).map((part) => part.trim());
    const others = [...taken, ...found.map(({ key }) => key)];
    if (name) found.push({ name, key: freeKey(wanted || name, `agent-${found.length + 1}`, others) });
  }
  return found;
}

/** Each with a seat of their own. */
export const peoplePatch = (people: readonly Colleague[]): Patch => ({
  agent: Object.fromEntries(people.map(({ key, name }) => [key, { name }])),
  user: Object.fromEntries(people.map(({ key, name }) => [key, { name, agent: key }])),
});
