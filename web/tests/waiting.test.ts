import { describe, expect, it } from 'vitest';

import { reasonsOf } from '../src/api/waiting';
import { actsOn } from '../src/board/acts';

it('the reasons are what follows place and state', () => {
  expect(reasonsOf('Place 1, waited 3 s; no agent can have it now.\nNot eligible: Ana.\nThe demand widens in 2 s.')).toEqual([
    'Not eligible: Ana.',
    'The demand widens in 2 s.',
  ]);
  expect(reasonsOf('Waited 3 s; rings Ana.')).toEqual([]);
});

describe('what can be done with who waits', () => {
  const caller = { interaction: 'i', call_back: false, caller_shown: '', customer_name: null };
  const acts = (one: Partial<Parameters<typeof actsOn>[0]>, own: number | null = null): string =>
    actsOn({ caller, ringing: [], position: 3, priority: 5, ...one }, own)
      .map(({ act }) => act)
      .join(' ');

  it('is everything while nobody rings', () => {
    expect(acts({})).toBe('raise send call-back end');
    expect(acts({}, 7)).toBe('raise take send call-back end');
  });

  it('is less for who is next already, rings, or is promised a call', () => {
    expect(acts({ position: 1, priority: 1 })).toBe('send call-back end');
    expect(acts({ ringing: [3] }, 7)).toBe('take send call-back end');
    expect(acts({ caller: { ...caller, call_back: true } }, 7)).toBe('raise take send end');
    expect(acts({ caller: { ...caller, call_back: true }, ringing: [3] }, 7)).toBe('end');
    expect(acts({ caller: null })).toBe('');
  });
});
