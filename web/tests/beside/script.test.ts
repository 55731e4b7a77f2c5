import { describe, expect, it } from 'vitest';

import { fieldsOf, noteOf } from '../../src/beside/save';
import { answered, answersOf, back, begin, branchesOf, type Run, runOf, stepAt, stepsOf } from '../../src/beside/script';
import { kind } from '../records/sample';

const STEPS = stepsOf([
  { key: 'hello', say: 'Is it urgent?', answer: 'priority', choices: 'urgent -> when, low → end' },
  { key: 'when', say: 'Since when?', answer: 'since', choices: '' },
  { key: 'again', say: 'Anything else?', answer: '', choices: 'Yes -> hello; No' },
  { key: 'end', say: 'Thank you.', answer: '', choices: '' },
]);
const walk = (...answers: string[]): Run => answers.reduce((run, answer) => answered(STEPS, run, answer), begin(STEPS));

describe('a script', () => {
  it.each<[string, ReturnType<typeof branchesOf>]>([
    ['', { branches: [], next: null }],
    ['when', { branches: [], next: 'when' }],
    ['Yes -> when, No -> end', { branches: [{ answer: 'Yes', to: 'when' }, { answer: 'No', to: 'end' }], next: null }],
    ['是→when，否 -> 没有', { branches: [{ answer: '是', to: 'when' }, { answer: '否', to: null }], next: null }],
    ['red、blue', { branches: [{ answer: 'red', to: null }, { answer: 'blue', to: null }], next: null }],
    ['gone', { branches: [{ answer: 'gone', to: null }], next: null }],
    [' , -> when', { branches: [], next: null }],
  ])('reads where answers lead: %j', (written, expected) => {
    expect(branchesOf(written, ['when', 'end'])).toEqual(expected);
  });

  it('takes lines as they come: without a key by their place, the first of a key', () => {
    expect(stepsOf([{ say: 'a' }, { key: 'x', say: 'b' }, { key: 'x', say: 'c' }, { key: null, say: null }]).map(({ key, say }) => [key, say])).toEqual([
      ['1', 'a'],
      ['x', 'b'],
      ['4', ''],
    ]);
  });

  it('goes where an answer leads, else on below, and ends', () => {
    expect(begin(STEPS).at).toBe('hello');
    expect([walk('urgent').at, walk('low').at, walk('something').at]).toEqual(['when', 'end', 'when']);
    expect([walk('urgent', 'yesterday', 'Yes').at, walk('urgent', 'yesterday', 'No').at]).toEqual(['hello', 'end']);
    const ended = walk('low', '');
    expect([ended.at, stepAt(STEPS, ended), answered(STEPS, ended, 'x')]).toEqual([null, null, ended]);
    expect(begin([]).at).toBeNull();
  });

  it('goes back with what was answered', () => {
    expect(back(walk('urgent', 'yesterday'))).toEqual({ run: walk('urgent'), answer: 'yesterday' });
    expect(back(begin(STEPS))).toEqual({ run: begin(STEPS), answer: '' });
  });

  it('that goes round ends all the same', () => {
    const round = stepsOf([{ key: 'a', say: '', choices: 'a' }]);
    let run = begin(round);
    for (let i = 0; i < 500 && run.at; i += 1) run = answered(round, run, '');
    expect(run.at).toBeNull();
  });

  it('comes back from the browser, if it still is that script', () => {
    expect(runOf(STEPS, walk('urgent'))).toEqual(walk('urgent'));
    for (const kept of [null, { taken: [], at: 'gone' }, { at: 'when' }, 7]) expect(runOf(STEPS, kept)).toEqual(begin(STEPS));
  });
});

describe('answers', () => {
  it('are known by name, the last one counts, what was passed over is none', () => {
    const answers = answersOf(STEPS, walk('urgent', '', 'Yes', 'low'));
    expect(answers).toEqual([
      { name: 'again', say: 'Anything else?', answer: 'Yes' },
      { name: 'priority', say: 'Is it urgent?', answer: 'low' },
    ]);
  });

  it('stand in the fields of their names, as far as these can take them', () => {
    const ticket = kind('ticket');
    const said = (name: string, answer: string) => ({ name, say: '', answer });
    expect(fieldsOf(ticket, [said('subject', 'Slow'), said('priority', 'Urgent'), said('type', '投诉'), said('owner', 'ana'), said('nothing', 'x'), said('due', 'soon')])).toEqual({
      subject: 'Slow',
      priority: 'urgent',
      type: 'complaint',
    });
    expect(fieldsOf(ticket, [said('goodwill', '5'), said('priority', 'purple'), said('verified', '2026-11-30')])).toEqual({ verified: '2026-11-30' });
    expect(fieldsOf(kind('note'), [said('pinned', '是')])).toEqual({ pinned: true });
  });

  it('stand in the history with what was asked', () => {
    expect(noteOf('S-0001 Complaint', [{ name: 'since', say: 'Since when?', answer: 'May' }])).toBe('S-0001 Complaint\nSince when?\n→ May');
  });
});
