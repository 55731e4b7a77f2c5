import { expect, it } from 'vitest';

import type { Resolved } from '../src/api/rules';
import { percent, shown, tooYoung, whose } from '../src/figures/shown';

const counts = { contacts: 1, unknown_customer: 0, still_open: 1, still_open_repeated: 0, decided: 0, repeated: 0, first: 0, resolved_at_first: 0 };
const row = (key: string, name: string): Resolved => ({ id: 1, key, name, counts, figures: [] });
const queues = [{ id: 1, key: 'sales', en: 'Advisors', zh: '顾问' }] as unknown as Parameters<typeof whose>[2];

it('a figure that cannot be had is a dash, not nought', () => {
  expect([null, 0, 0.7293, 1].map(percent)).toEqual(['–', '0.0%', '72.9%', '100.0%']);
  expect(shown({ name: 'asa_s', formula: '', value: 11.2 })).toBe('00:11');
  expect(shown({ name: 'abandonment', formula: '', value: 0.083 })).toBe('8.3%');
});

it('rows are called as the screen speaks', () => {
  expect(whose(row('sales', 'Advisors'), 'queue', queues, 'zh')).toBe('顾问');
  expect(whose(row('gone', 'Old queue'), 'queue', queues, 'zh')).toBe('Old queue');
  expect(whose(row('2026-03-29', '2026-03-29'), 'day', queues, 'en')).toBe('29 Mar 2026');
  expect(whose(row('2026-03-29', '2026-03-29'), 'day', queues, 'zh')).toBe('2026年3月29日');
  expect(whose(row('', ''), 'agent', queues, 'en')).toBe('');
});

it('nothing is decided before its days are over', () => {
  expect([tooYoung(7, 7), tooYoung(7, 14), tooYoung(30, 7)]).toEqual([true, true, false]);
});
