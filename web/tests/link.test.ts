import { describe, expect, it } from 'vitest';

import { backoff } from '../src/live/backoff';
import { Pulse } from '../src/live/pulse';
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
    expect(backoff(1000, 1)).toBe(5_000);
    expect(backoff(9, 0)).toBe(250);
  });

  it('spreads', () => {
    expect(backoff(5, 0.5)).toBe(2500);
  });
});

describe('is the other end still heard', () => {
  /** Looks four times a second up to `until`; when it was found dead, or null. */
  function deadAt(pulse: Pulse, until: number, from = 0): number | null {
    for (let now = from; now <= until; now += 250) if (pulse.isDead(now)) return now;
    return null;
  }

  it('silence beyond the limit is death', () => {
    expect(deadAt(new Pulse(0, 4500), 10_000)).toBe(4500);
  });

  it('whoever is heard lives', () => {
    const pulse = new Pulse(0, 4500);
    expect(deadAt(pulse, 4000)).toBeNull();
    pulse.heard(4000);
    expect(deadAt(pulse, 8250, 4250)).toBeNull();
    expect(deadAt(pulse, 20_000, 8500)).toBe(8500);
  });

  it('a question makes it known sooner, and any word is an answer', () => {
    const pulse = new Pulse(0, 4500);
    pulse.heard(1000);
    pulse.asked(1000);
    pulse.asked(2000);
    expect(deadAt(pulse, 10_000)).toBe(3500);
    const alive = new Pulse(0, 4500);
    alive.asked(0);
    alive.heard(2000);
    expect(deadAt(alive, 6000)).toBeNull();
  });

  it('a page that was held up gives the messages time to come in', () => {
    const pulse = new Pulse(0, 4500);
    pulse.isDead(0);
    expect(pulse.isDead(60_000)).toBe(false);
    pulse.heard(60_100);
    expect(deadAt(pulse, 64_000, 60_250)).toBeNull();
    const gone = new Pulse(0, 4500);
    gone.isDead(0);
    expect(deadAt(gone, 70_000, 60_000)).toBe(61_000);
  });
});
