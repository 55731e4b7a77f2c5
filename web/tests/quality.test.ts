import { describe, expect, it } from 'vitest';

import { choices, coefficient, inLanguage, percent, said } from '../src/quality/score';

describe('an evaluation', () => {
  it.each([
    [8750, '87.5%'],
    [10_000, '100%'],
    [6773, '67.73%'],
    [0, '0%'],
    [null, '–'],
  ])('a score of %s', (score, words) => {
    expect(percent(score, 'en')).toBe(words);
    expect(percent(score, 'zh')).toBe(words);
  });

  it.each([
    [636, '0.636'],
    [-1000, '-1.000'],
    [null, '–'],
  ])('a kappa of %s', (kappa, words) => {
    expect(coefficient(kappa, 'en')).toBe(words);
  });

  it('offers the most points first, and that it does not apply where it may', () => {
    expect(choices({ points: 1, optional: false })).toEqual([1, 0]);
    expect(choices({ points: 3, optional: true })).toEqual([3, 2, 1, 0, null]);
  });

  it('keeps what was noted when the points change', () => {
    const before = { a: { points: 1, note: 'warm', at_ms: 5 }, b: { points: null } };
    expect(said(before, 'a', { points: null })).toEqual({ a: { points: null, note: 'warm', at_ms: 5 }, b: { points: null } });
    expect(said(before, 'c', { note: 'x' })).toEqual({ ...before, c: { points: null, note: 'x' } });
    expect(before.a.points).toBe(1);
  });

  it('is read in the language of the reader, else in the other', () => {
    expect(inLanguage('Care', 'zh')).toBe('Care');
    expect(inLanguage({ en: 'Care', zh: '关怀' }, 'zh')).toBe('关怀');
    expect(inLanguage({ zh: '关怀' }, 'en')).toBe('关怀');
    expect(inLanguage(undefined, 'en')).toBe('');
  });
});
