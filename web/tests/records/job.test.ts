import { describe, expect, it } from 'vitest';

import type { Counts, Job } from '../../src/api/jobs';
import { allOf, doneOf, findersOf, isAtWork, mayUndo, told, wrongWith } from '../../src/records/jobs/job';
import type { Kind } from '../../src/records/kind';

const none: Counts = { made: 0, changed: 0, skipped: 0, refused: 0, back: 0, kept: 0 };
const job = (more: Partial<Job>): Job => ({ id: 1, kind: 'gear', state: 'done', dry: false, by: 'sam', at: 0, ended: null, place: 7, total: 9, counts: none, failure: null, import: null, edit: null, ...more });

describe('a job on records', () => {
  it('says how far it is, forwards and backwards', () => {
    expect([doneOf(job({ state: 'running' })), allOf(job({ state: 'running' }))]).toEqual([7, 9]);
    const back = job({ state: 'undoing', counts: { ...none, made: 5, changed: 1, back: 2, kept: 1 } });
    expect([doneOf(back), allOf(back), isAtWork(back)]).toEqual([3, 6, true]);
  });

  it('tells what became, in its order, and nothing of what did not', () => {
    expect(told({ ...none, refused: 2, made: 1 })).toEqual([{ how: 'made', count: 1 }, { how: 'refused', count: 2 }]);
  });

  it.each([
    ['sam', 'supervisor', {}, true],
    ['tom', 'supervisor', {}, false],
    ['tom', 'admin', {}, true],
    ['sam', 'supervisor', { dry: true }, false],
    ['sam', 'supervisor', { state: 'running' }, false],
    ['sam', 'supervisor', { counts: none }, false],
  ] as const)('is taken back by %s (%s) %o: %s', (user, role, more, may) => {
    expect(mayUndo(job({ counts: { ...none, made: 1 }, ...more }), user, role)).toBe(may);
  });

  it('keeps what cannot run from running', () => {
    expect([wrongWith([null, 'number']), wrongWith(['a', 'b', 'a']), wrongWith(['a', null])]).toEqual(['nothing', 'twice', null]);
    const kind = { fields: [{ key: 'serial', type: 'text' }, { key: 'tags', type: 'choices' }] } as unknown as Kind;
    expect(findersOf(kind, ['serial', null, 'tags', 'number', 'customer'])).toEqual(['serial', 'number']);
  });
});
