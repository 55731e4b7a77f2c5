import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { FlowDrawing, FlowForms } from '../src/api/flows';
import { add, around, become, connect, differences, freeName, inOrder, layout, move, NOTHING, put, remove, rename, set, settled } from '../src/flows/drawing';

const key = (key: string, form: string) => ({ key, form, needed: false, default: null });
const forms = {
  flow: [],
  hours: [],
  choice: [],
  case: [],
  facts: [],
  steps: [
    { kind: 'answer', keys: [key('do', 'kind'), key('next', 'step')] },
    { kind: 'play', keys: [key('do', 'kind'), key('prompts', 'prompts'), key('next', 'step')] },
    { kind: 'menu', keys: [key('do', 'kind'), key('choices', 'choices'), key('next', 'step')] },
    { kind: 'goto', keys: [key('do', 'kind'), key('cases', 'cases'), key('next', 'step')] },
    { kind: 'hangup', keys: [key('do', 'kind'), key('reason', 'name')] },
  ],
} as unknown as FlowForms;

const flow: FlowDrawing = {
  head: { start: 'in' },
  hours: [],
  steps: [
    { key: 'in', fields: { do: 'answer', next: 'menu' } },
    { key: 'menu', fields: { do: 'menu', choices: { 1: 'bye', 2: { next: 'menu', label: 'again' } }, next: 'bye' } },
    { key: 'if', fields: { do: 'goto', cases: [{ when: 'x', next: 'menu' }], next: 'bye' } },
    { key: 'bye', fields: { do: 'hangup', reason: 'menu' } },
  ],
};
const names = (drawing: FlowDrawing): string[] => drawing.steps.map((step) => step.key);
const fields = (drawing: FlowDrawing, step: string) => drawing.steps.find((one) => one.key === step)?.fields;

describe('a drawing', () => {
  it('begins with the first step, and takes others behind the one that is open', () => {
    const one = add(NOTHING, 'in', 'answer', null);
    expect(one).toMatchObject({ head: { start: 'in' }, steps: [{ key: 'in', fields: { do: 'answer' } }] });
    const two = add(one, 'bye', 'hangup', 'in');
    expect(two.head['start']).toBe('in');
    expect(names(add(two, 'menu', 'menu', 'in'))).toEqual(['in', 'menu', 'bye']);
    expect(freeName(flow, 'menu')).toBe('menu-2');
    expect(freeName(flow, 'play')).toBe('play');
  });

  it('leads every way to a step under its new name, and nothing that only looks like it', () => {
    const renamed = rename(forms, flow, 'menu', 'main');
    expect(fields(renamed, 'in')).toEqual({ do: 'answer', next: 'main' });
    expect(fields(renamed, 'main')).toEqual({ do: 'menu', choices: { 1: 'bye', 2: { next: 'main', label: 'again' } }, next: 'bye' });
    expect(fields(renamed, 'if')).toMatchObject({ cases: [{ when: 'x', next: 'main' }] });
    expect(fields(renamed, 'bye')).toEqual({ do: 'hangup', reason: 'menu' });
    expect(renamed.steps[1]?.was).toBe('menu');
    expect(rename(forms, renamed, 'main', 'third').steps[1]?.was).toBe('menu');
    expect(settled(renamed).steps[1]).toEqual({ key: 'main', fields: fields(renamed, 'main') });
    expect(rename(forms, flow, 'in', 'first').head['start']).toBe('first');
    expect(rename(forms, flow, 'menu', 'bye')).toBe(flow);
  });

  it('keeps what another kind has too, and puts, moves and takes out', () => {
    expect(fields(become(forms, flow, 'menu', 'play'), 'menu')).toEqual({ do: 'play', next: 'bye' });
    expect(fields(put(flow, 'bye', 'reason', undefined), 'bye')).toEqual({ do: 'hangup' });
    expect(names(move(flow, 'menu', -1))).toEqual(['menu', 'in', 'if', 'bye']);
    expect(move(flow, 'in', -1)).toBe(flow);
    expect(names(remove(flow, 'if'))).toEqual(['in', 'menu', 'bye']);
    expect(Object.keys(set({ a: 1, b: 2 }, 'a', 3))).toEqual(['a', 'b']);
  });

  it.each([
    ['in', 'next', { do: 'answer', next: 'if' }],
    ['menu', 'choices.1', { choices: { 1: 'if', 2: { next: 'menu', label: 'again' } } }],
    ['menu', 'choices.2', { choices: { 1: 'bye', 2: { next: 'if', label: 'again' } } }],
    ['if', 'cases.0', { cases: [{ when: 'x', next: 'if' }] }],
  ])('leads %s %s elsewhere', (from, way, wanted) => {
    expect(fields(connect(flow, from, way, 'if'), from)).toMatchObject(wanted);
  });

  it('stands from left to right as the call goes, what nothing leads to behind', () => {
    const exits = [
      { from: 'in', way: 'next', to: 'menu' },
      { from: 'menu', way: 'choices.1', to: 'bye' },
      { from: 'menu', way: 'next', to: 'menu' },
      { from: 'menu', way: 'on_timeout', to: 'gone' },
    ];
    const spots = layout(flow, exits, () => 100);
    expect(spots.map(({ x }) => x)).toEqual([0, 290, 870, 580]);
    expect(new Set(spots.map(({ x, y }) => `${x} ${y}`)).size).toBe(4);
  });
});

describe('what changed between two texts', () => {
  const told = (before: string, after: string): string[] => differences(before, after).map(({ is, text }) => `${is[0]} ${text}`);
  it.each([
    ['a\nb\nc', 'a\nc', ['s a', 'g b', 's c']],
    ['a\nb', 'a\nx\nb', ['s a', 'n x', 's b']],
    ['a', 'b', ['g a', 'n b']],
    ['a\nb', 'a\nb', ['s a', 's b']],
    ['a\nb\nc\nd', 'b\na\nd', ['g a', 's b', 'g c', 'n a', 's d']],
  ])('%j and %j', (before, after, wanted) => {
    expect(told(before, after)).toEqual(wanted);
  });

  it('is shown with the lines around it', () => {
    const lines = differences([...'abcdefgh'].join('\n'), [...'abcdXfgh'].join('\n'));
    expect(around(lines, 1).map((line) => line && line.text)).toEqual([null, 'd', 'e', 'X', 'f', null].slice(1));
    expect(around(differences('a', 'a'))).toEqual([]);
  });
});

describe('the words of flows', () => {
  const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const words = read('web/src/text/en/flows.ftl');
  const said = (prefix: string): string[] => [...words.matchAll(new RegExp(`^flow-${prefix}-([\\w-]+) =`, 'gm'))].map((match) => match[1] ?? '').sort();
  const quoted = (source: string, pattern: RegExp): string[] => [...new Set([...source.matchAll(pattern)].map((match) => match[1] ?? ''))].sort();

  it('name every step and every key that the parser reads', () => {
    const keys = read('src/dialplan/keys.rs');
    expect(said('field')).toEqual(quoted(keys, /(?:must|may|else_is)\(\s*"(\w+)"/g));
    expect(said('do')).toEqual(quoted(keys, /Self::\w+ => "(\w+)"/g));
  });

  it('have a sentence for every mistake', () => {
    const codes = quoted(read('src/dialplan/error.rs'), /Self::\w+(?:\(_\)| \{ \.\. \})? => "(\w+)"/g);
    expect(said('wrong')).toEqual(codes.map((code) => code.replaceAll('_', '-')).sort());
  });

  it('know every way that a line or a call ends', () => {
    const results = quoted(read('src/dialplan/verb.rs'), /Self::\w+ => "(\w+)"/g);
    expect(said('result')).toEqual([...results, 'finished'].map((code) => code.replaceAll('_', '-')).sort());
  });
});

describe('names with values', () => {
  it('stay where they were written, whatever comes back', () => {
    const names = (value: Record<string, string>, order: string[]): string[] => inOrder(value, order).map(([name]) => name);
    // The server sorts; an empty name would come first, under the hands of who writes it.
    expect(names({ '': '', language: 'zh' }, ['language', ''])).toEqual(['language', '']);
    expect(names({ chosen: 'true', language: 'zh' }, ['language', 'chosen'])).toEqual(['language', 'chosen']);
    expect(names({ a: '1', b: '2', c: '3' }, ['c'])).toEqual(['c', 'a', 'b']);
    expect(names({ b: '2', a: '1' }, [])).toEqual(['b', 'a']);
  });
});
