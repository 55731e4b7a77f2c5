import { describe, expect, it } from 'vitest';

import { localInput, MINUTE, momentOf } from '../src/board/past';

describe('moments of the past', () => {
  it('go into the field and come back, to the minute', () => {
    const at = Date.UTC(2026, 10, 22, 14, 5, 31) * 1000;
    expect(localInput(at)).toMatch(/^2026-11-2[1-3]T\d\d:\d\d$/);
    expect(momentOf(localInput(at))).toBe(Math.floor(at / MINUTE) * MINUTE);
  });

  it('an empty field is no moment', () => {
    expect(momentOf('')).toBeNull();
  });
});
