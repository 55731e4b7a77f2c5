import { expect, test } from 'vitest';

import type { ReportColumn } from '../src/api/reports';
import { about, change, filledIn, shown, weekBefore, weekday } from '../src/reports/value';

const manner = { language: 'en', zone: 'Asia/Shanghai', named: (unit: string, key: string) => (unit === 'queue' ? `<${key}>` : null) } as const;
const column = (key: string, unit: ReportColumn['unit']): ReportColumn => ({ key, unit, name: { en: key, zh: key }, formula: '' });

test('values read as people write them', () => {
  const told = (value: number | string | null, unit: ReportColumn['unit']): string => shown(value, unit, manner);
  expect(told(null, 'count')).toBe('–');
  expect(told(1234, 'count')).toBe('1,234');
  expect(told(0.877, 'ratio')).toBe('87.7%');
  expect(told(65_000_000, 'span')).toBe('01:05');
  expect(told(1_500, 'fine')).toBe('1.5 ms');
  expect(told(4.316, 'score')).toBe('4.32');
  expect(told(0, 'time')).toBe('01/01/1970, 08:00');
  expect(told(9, 'hour')).toBe('09:00');
  expect(told('vip', 'queue')).toBe('<vip>');
  expect(told('x', 'text')).toBe('x');
  expect([1, 7].map((day) => weekday(day, 'en'))).toEqual(['Mon', 'Sun']);
  expect(weekday(1, 'zh')).toBe('周一');
});

test('rows find themselves in the week before', () => {
  const columns = [column('begins', 'time'), column('queue', 'queue'), column('offered', 'count')];
  const week = 7 * 86_400 * 1e6;
  const before = weekBefore({ columns, rows: [[5, 'vip', 10], [6, 'vip', 20]] });
  expect(before.get(about([5 + week, 'vip', 99], columns))).toEqual([5, 'vip', 10]);
  expect(before.get(about([5 + week, 'sales', 99], columns))).toBeUndefined();
});

test('changes are told in per cent, those of shares in points', () => {
  expect(change(12, 10, 'count')).toBe('+20%');
  expect(change(9, 10, 'span')).toBe('−10%');
  expect(change(10, 10, 'count')).toBe('±0%');
  expect(change(0.8, 0.75, 'ratio')).toBe('+5.0');
  expect(change(1, 0, 'count')).toBeNull();
  expect(change(null, 1, 'count')).toBeNull();
});

test('numbers stand in the places of their names', () => {
  expect(filledIn('x % :minutes + :minutesmore, :from\n', { minutes: 15 })).toBe('x % 15 + :minutesmore, :from');
});
