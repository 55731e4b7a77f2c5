import { describe, expect, it } from 'vitest';

import { backoff } from '../src/live/backoff';
import { step } from '../src/live/sequence';

describe('the place in the history', () => {
  const at = { epoch: 'e1', seq: 41 };

  it.each([
    ['the next event', at, 'e1', 42, false, 'apply'],
    ['an event seen before', at, 'e1', 41, false, 'skip'],
    ['a missing event', at, 'e1', 43, false, 'gap'],
    ['another epoch', at, 'e2', 1, false, 'gap'],
    ['an event before any snapshot', null, 'e1', 1, false, 'gap'],
    ['a snapshot of another epoch', at, 'e2', 7, true, 'apply'],
    ['a snapshot that is older', at, 'e1', 3, true, 'apply'],
  ] as const)('%s', (_, place, epoch, seq, isSnapshot, kind) => {
    expect(step(place, epoch, seq, isSnapshot).kind).toBe(kind);
  });

  it('goes where it was put', () => {
    expect(step(null, 'e1', 5, true)).toEqual({ kind: 'apply', place: { epoch: 'e1', seq: 5 } });
  });
});

describe('waiting before the next try', () => {
  it('doubles up to a limit and is never zero', () => {
    expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(backoff(1000, 1)).toBe(15_000);
    expect(backoff(9, 0)).toBe(250);
  });

  it('spreads', () => {
    expect(backoff(5, 0.5)).toBe(7500);
  });
});
