/** What is done to a drawing: pure, a new one each time. What steps have which fields is the server's to say. */

import type { FlowDrawing, FlowExit, FlowForms, FlowKey, FlowPart } from '../api/flows';

export type Fields = Record<string, unknown>;

export const NOTHING: FlowDrawing = { head: {}, hours: [], steps: [] };

const isTable = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keys of a step, by what it does; those of no known kind have none. */
export const keysOf = (forms: FlowForms, step: FlowPart): readonly FlowKey[] => forms.steps.find(({ kind }) => kind === step.fields['do'])?.keys ?? [];

export const stepOf = (drawing: FlowDrawing, key: string | null): FlowPart | undefined => drawing.steps.find((step) => step.key === key);

const withSteps = (drawing: FlowDrawing, change: (step: FlowPart) => FlowPart): FlowDrawing => ({ ...drawing, steps: drawing.steps.map(change) });

/** `undefined` takes the field away. */
export function set(fields: Fields, key: string, value: unknown): Fields {
  const { [key]: _, ...rest } = fields;
  return value === undefined ? rest : key in fields ? { ...fields, [key]: value } : { ...rest, [key]: value };
}

export const put = (drawing: FlowDrawing, step: string, key: string, value: unknown): FlowDrawing =>
  withSteps(drawing, (one) => (one.key === step ? { ...one, fields: set(one.fields, key, value) } : one));

export const putHead = (drawing: FlowDrawing, key: string, value: unknown): FlowDrawing => ({ ...drawing, head: set(drawing.head, key, value) });

/** Another kind keeps the fields that it has too. */
export function become(forms: FlowForms, drawing: FlowDrawing, step: string, kind: string): FlowDrawing {
  const known = forms.steps.find((one) => one.kind === kind)?.keys ?? [];
  const kept = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([key]) => known.some((one) => one.key === key)));
  return withSteps(drawing, (one) => (one.key === step ? { ...one, fields: { ...kept(one.fields), do: kind } } : one));
}

/** Behind the step that is named, else at the end. The first step of all is where calls begin. */
export function add(drawing: FlowDrawing, key: string, kind: string, behind: string | null): FlowDrawing {
  const at = drawing.steps.findIndex((step) => step.key === behind);
  const steps = [...drawing.steps];
  steps.splice(at < 0 ? steps.length : at + 1, 0, { key, fields: { do: kind } });
  const head = drawing.head['start'] === undefined ? set(drawing.head, 'start', key) : drawing.head;
  return { ...drawing, head, steps };
}

export const remove = (drawing: FlowDrawing, key: string): FlowDrawing => ({ ...drawing, steps: drawing.steps.filter((step) => step.key !== key) });

export function move(drawing: FlowDrawing, key: string, by: 1 | -1): FlowDrawing {
  const from = drawing.steps.findIndex((step) => step.key === key);
  const to = from + by;
  if (from < 0 || to < 0 || to >= drawing.steps.length) return drawing;
  const steps = [...drawing.steps];
  steps.splice(to, 0, ...steps.splice(from, 1));
  return { ...drawing, steps };
}

/** Every way that led to it leads to it under its new name. */
export function rename(forms: FlowForms, drawing: FlowDrawing, from: string, to: string): FlowDrawing {
  if (from === to || to === '' || drawing.steps.some((step) => step.key === to)) return drawing;
  const led = (value: unknown): unknown => (value === from ? to : isTable(value) ? ('next' in value ? { ...value, next: led(value['next']) } : value) : value);
  const lead = (step: FlowPart): FlowPart => {
    const fields = { ...step.fields };
    for (const { key, form } of keysOf(forms, step)) {
      const value = fields[key];
      if (form === 'step') fields[key] = led(value);
      else if (form === 'choices' && isTable(value)) fields[key] = Object.fromEntries(Object.entries(value).map(([digit, way]) => [digit, led(way)]));
      else if (form === 'cases' && Array.isArray(value)) fields[key] = value.map(led);
      if (fields[key] === undefined) delete fields[key];
    }
    return step.key === from ? { key: to, fields, was: step.was ?? from } : { ...step, fields };
  };
  const head = drawing.head['start'] === from ? set(drawing.head, 'start', to) : drawing.head;
  return { ...withSteps(drawing, lead), head };
}

/** Leads a way of a step elsewhere: `next`, `choices.1`, `cases.0`. */
export function connect(drawing: FlowDrawing, from: string, way: string, to: string): FlowDrawing {
  const [key = '', at] = way.split('.');
  return withSteps(drawing, (step) => {
    if (step.key !== from) return step;
    const value = step.fields[key];
    const led = (old: unknown): unknown => (isTable(old) ? { ...old, next: to } : to);
    if (at === undefined) return { ...step, fields: set(step.fields, key, to) };
    if (Array.isArray(value)) return { ...step, fields: set(step.fields, key, value.map((one, nth) => (String(nth) === at ? led(one) : one))) };
    return { ...step, fields: set(step.fields, key, { ...(isTable(value) ? value : {}), [at]: led(isTable(value) ? value[at] : undefined) }) };
  });
}

/** After the text was written, names are what they are. */
export const settled = (drawing: FlowDrawing): FlowDrawing =>
  withSteps(drawing, (step) => {
    const { was: _, ...rest } = step;
    return rest;
  });

export interface Spot {
  key: string;
  x: number;
  y: number;
}

const WIDE = 290;
const GAP = 24;

/** Where steps stand: as far to the right as the call has come, one below the other. */
export function layout(drawing: FlowDrawing, exits: readonly FlowExit[], high: (step: string) => number): Spot[] {
  const ways = new Map<string, string[]>();
  for (const { from, to } of exits) ways.set(from, [...(ways.get(from) ?? []), to]);
  const depth = new Map<string, number>();
  const known = new Set(drawing.steps.map(({ key }) => key));
  const start = String(drawing.head['start'] ?? drawing.steps[0]?.key ?? '');
  let line = known.has(start) ? [start] : [];
  for (let at = 0; line.length > 0; at += 1) {
    for (const key of line) depth.set(key, at);
    line = [...new Set(line.flatMap((key) => ways.get(key) ?? []))].filter((key) => known.has(key) && !depth.has(key));
  }
  const most = Math.max(0, ...depth.values());
  const below = new Map<number, number>();
  return drawing.steps.map(({ key }) => {
    // Those that nothing leads to stand behind all others.
    const at = depth.get(key) ?? most + 1;
    const y = below.get(at) ?? 0;
    below.set(at, y + high(key) + GAP);
    return { key, x: at * WIDE, y };
  });
}

/** A name that is free: `menu`, `menu-2`. */
export function freeName(drawing: FlowDrawing, wanted: string): string {
  const taken = new Set(drawing.steps.map(({ key }) => key));
  if (!taken.has(wanted)) return wanted;
  for (let nth = 2; ; nth += 1) if (!taken.has(`${wanted}-${nth}`)) return `${wanted}-${nth}`;
}

export interface Line {
  is: 'same' | 'gone' | 'new';
  text: string;
}

/** Line by line from one text to another (longest common subsequence). */
export function differences(before: string, after: string): Line[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let [head, tail] = [0, 0];
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const wide = y.length + 1;
  const long = new Uint32Array((x.length + 1) * wide);
  for (let i = x.length - 1; i >= 0; i -= 1) {
    for (let j = y.length - 1; j >= 0; j -= 1) {
      long[i * wide + j] = x[i] === y[j] ? (long[(i + 1) * wide + j + 1] ?? 0) + 1 : Math.max(long[(i + 1) * wide + j] ?? 0, long[i * wide + j + 1] ?? 0);
    }
  }
  const middle: Line[] = [];
  for (let i = 0, j = 0; i < x.length || j < y.length; ) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      middle.push({ is: 'same', text: x[i] ?? '' });
      [i, j] = [i + 1, j + 1];
    } else if (i < x.length && (j >= y.length || (long[(i + 1) * wide + j] ?? 0) >= (long[i * wide + j + 1] ?? 0))) {
      middle.push({ is: 'gone', text: x[i] ?? '' });
      i += 1;
    } else {
      middle.push({ is: 'new', text: y[j] ?? '' });
      j += 1;
    }
  }
  const same = (text: string): Line => ({ is: 'same', text });
  return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)];
}

/** What changed, with some lines around it; `null` stands for what is left out. */
export function around(lines: readonly Line[], near = 2): (Line | null)[] {
  const shown = lines.map((_, at) => lines.slice(Math.max(0, at - near), at + near + 1).some(({ is }) => is !== 'same'));
  return lines.flatMap((line, at): (Line | null)[] => (shown[at] ? [line] : at > 0 && shown[at - 1] ? [null] : []));
}

/** Names with values in the order of `names`; those that are not among them come last, as they stand. */
export function inOrder(value: Fields, names: readonly string[]): [string, unknown][] {
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
  return Object.entries(value).sort(([one], [other]) => place(one) - place(other));
}
