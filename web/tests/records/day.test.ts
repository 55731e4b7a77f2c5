import { describe, expect, it } from 'vitest';

import { columnsOfDay, hoursOf, later, momentOf, toHour, whoseField } from '../../src/records/day';
import { beginning } from '../../src/records/kinds';
import { kind, record } from './sample';

const local = (hour: number, minute = 0): string => new Date(2026, 10, 30, hour, minute).toISOString();
const owner = kind('ticket').fields.find(({ key }) => key === 'owner') ?? null;
const of = (id: string | null) => record({ fields: { owner: id && { id, title: id } } });

describe('a day by the hour', () => {
  it('shows the working day, and every hour in which something is', () => {
    expect(hoursOf([])).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
    const long = hoursOf([local(6, 30), local(21), 'never']);
    expect([long[0], long.at(-1), long.length]).toEqual([6, 21, 16]);
  });

  it('knows its moments, and moves to another', () => {
    expect(new Date(momentOf('2026-11-30', 9)).getTime()).toBe(new Date(local(9)).getTime());
    expect(new Date(toHour(local(9, 30), '2026-11-30', 14)).getTime()).toBe(new Date(local(14, 30)).getTime());
    expect(new Date(later(local(9), -30)).getTime()).toBe(new Date(local(8, 30)).getTime());
  });

  it('has a column for each who was asked for, else for each who has something, oneself first', () => {
    expect(whoseField(kind('ticket'))?.key).toBe('owner');
    expect(whoseField(kind('ticket'), 'team')?.key).toBe('team');
    expect(columnsOfDay(owner, [of('zoe')], ['me', 'ben', 'ana'], 'ana')).toEqual(['ana', 'ben']);
    expect(columnsOfDay(owner, [of('zoe'), of(null), of('ben'), of('ana'), of('ben')], [], 'ana')).toEqual(['ana', 'ben', 'zoe', '']);
    expect(columnsOfDay(owner, [], [], 'ana')).toEqual(['ana']);
    expect(columnsOfDay(null, [of('ben')], [], 'ana')).toEqual(['']);
  });

  it('books an hour by what stands in the address', () => {
    expect(beginning('customer=4711&set.start=2026-11-30T01:00:00Z&set.owner=ana&set.empty=')).toEqual({ customer: 4711, interaction: undefined, known: { start: '2026-11-30T01:00:00Z', owner: 'ana' } });
    expect(beginning('customer=x')).toEqual({ customer: null, interaction: undefined, known: {} });
  });
});
