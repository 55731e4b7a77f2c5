/** A script as it is gone through: steps, where an answer leads, what was answered. Pure. */

import type { Values } from '../api/records';

/** An answer, and the step it leads to; `null`: the one below. */
export interface Branch {
  answer: string;
  to: string | null;
}

export interface ScriptStep {
  key: string;
  say: string;
  /** What the answer is called; empty: after the step. */
  answer: string;
  branches: Branch[];
  /** Where it goes on whatever is answered; `null`: below. */
  next: string | null;
}

/** One step that was taken. */
export interface Taken {
  step: string;
  answer: string;
}

export interface Run {
  taken: Taken[];
  /** The step that is asked now; `null`: the end. */
  at: string | null;
}

/** More than anybody goes through: a script that goes round ends. */
const MOST = 200;
const ARROW = /\s*(?:->|→|=>)\s*/;

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** `Yes -> date, No -> why`; a known key alone is where it goes on, other words alone are answers that lead below. */
export function branchesOf(written: string, keys: readonly string[]): Pick<ScriptStep, 'branches' | 'next'> {
  const parts = written.split(/[,，;；、\n]/).map((part) => part.trim()).filter(Boolean);
  const [only = ''] = parts;
  if (parts.length === 1 && keys.includes(only)) return { branches: [], next: only };
  const branches = parts.map((part): Branch => {
    const [answer = '', to] = part.split(ARROW).map((word) => word.trim());
    return { answer, to: to !== undefined && keys.includes(to) ? to : null };
  });
  return { branches: branches.filter(({ answer }) => answer !== ''), next: null };
}

/** Of the lines of a record. What has no key is called by its place; of two of the same key the first counts. */
export function stepsOf(rows: readonly Values[]): ScriptStep[] {
  const named = rows.map((row, at) => ({ row, key: text(row['key']) || String(at + 1) }));
  const steps = named.filter(({ key }, at) => named.findIndex((one) => one.key === key) === at);
  const keys = steps.map(({ key }) => key);
  return steps.map(({ row, key }) => ({ key, say: text(row['say']), answer: text(row['answer']), ...branchesOf(text(row['choices']), keys) }));
}

export const begin = (steps: readonly ScriptStep[]): Run => ({ taken: [], at: steps[0]?.key ?? null });

export const stepAt = (steps: readonly ScriptStep[], run: Run): ScriptStep | null => steps.find(({ key }) => key === run.at) ?? null;

const below = (steps: readonly ScriptStep[], key: string): string | null => steps[steps.findIndex((step) => step.key === key) + 1]?.key ?? null;

export function answered(steps: readonly ScriptStep[], run: Run, answer: string): Run {
  const step = stepAt(steps, run);
  if (!step) return run;
  const to = step.branches.find((branch) => branch.answer === answer)?.to ?? step.next ?? below(steps, step.key);
  const taken = [...run.taken, { step: step.key, answer }];
  return { taken, at: taken.length < MOST ? to : null };
}

/** The step before, with what was answered there. */
export function back(run: Run): { run: Run; answer: string } {
  const last = run.taken.at(-1);
  return last ? { run: { taken: run.taken.slice(0, -1), at: last.step }, answer: last.answer } : { run, answer: '' };
}

/** As it is kept in the browser, where the script still has these steps. */
export function runOf(steps: readonly ScriptStep[], kept: unknown): Run {
  const said = kept as Partial<Run> | null;
  const known = (key: unknown): boolean => steps.some((step) => step.key === key);
  if (!said || !Array.isArray(said.taken) || !(said.at === null || known(said.at))) return begin(steps);
  const taken = said.taken.filter((one) => known(one?.step) && typeof one.answer === 'string').slice(0, MOST);
  return { taken, at: said.at ?? null };
}

export interface Answer {
  name: string;
  /** What was said. */
  say: string;
  answer: string;
}

/** Of every name the last answer, in the order of the talk; what was passed over is none. */
export function answersOf(steps: readonly ScriptStep[], run: Run): Answer[] {
  const answers = new Map<string, Answer>();
  for (const { step: key, answer } of run.taken) {
    const step = steps.find((one) => one.key === key);
    if (!step || answer.trim() === '') continue;
    const name = step.answer || step.key;
    answers.delete(name);
    answers.set(name, { name, say: step.say, answer: answer.trim() });
  }
  return [...answers.values()];
}
