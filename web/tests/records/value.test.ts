import { describe, expect, it } from 'vitest';

import type { RecordField } from '../../src/records/kind';
import { cellText, changed, type Draft, draftOf, emptyDraft, formValue, localTime, rebase, sent, shown, spanText } from '../../src/records/value';
import { kind, reader, record } from './sample';

const field = (type: RecordField['type'], more: Partial<RecordField> = {}): RecordField => ({
  key: 'f',
  name: { en: 'F', zh: 'F' },
  help: null,
  type,
  required: false,
  search: false,
  choices: [
    { key: 'a', name: { en: 'Apple', zh: '苹果' } },
    { key: 'b', name: { en: 'Pear', zh: '梨' } },
  ],
  kind: null,
  currency: null,
  default: null,
  fields: [],
  may: { read: true, write: true },
  ...more,
});

describe('a value goes to its control and back', () => {
  it.each<[RecordField['type'], unknown, unknown]>([
    ['text', 'words', 'words'],
    ['longtext', '第一行\n第二行', '第一行\n第二行'],
    ['number', '12.50', '12.50'],
    ['money', { amount: '12.30', currency: 'CNY' }, { amount: '12.30', currency: 'CNY' }],
    ['date', '2026-11-30', '2026-11-30'],
    ['time', '2026-11-30T09:30:00Z', '2026-11-30T09:30:00Z'],
    ['span', '2h30m', '2h30m'],
    ['flag', true, true],
    ['choice', 'a', 'a'],
    ['choices', ['a', 'b'], ['a', 'b']],
    ['person', { id: 'meng', title: '孟浩' }, 'meng'],
    ['person', 'meng', 'meng'],
    ['ref', { id: 12, title: 'T-1' }, 12],
    ['ref', 12, 12],
    ['refs', [{ id: 1, title: 'a' }, 2], [1, 2]],
  ])('%s %j', (type, value, back) => {
    expect(sent(field(type), formValue(field(type), value))).toEqual(back);
  });

  it.each(['text', 'number', 'money', 'date', 'time', 'span', 'choice', 'person', 'ref', 'phone'] as const)('an empty %s is sent as none', (type) => {
    expect(sent(field(type), formValue(field(type), null))).toBeNull();
  });

  it('what is no time is none, and an amount with its thousands apart is a number', () => {
    expect(localTime('soon')).toBe('');
    expect(sent(field('time'), 'soon')).toBeNull();
    expect(sent(field('money'), { amount: ' 1,234.50 ', currency: 'cny' })).toEqual({ amount: '1234.50', currency: 'CNY' });
  });

  it('seconds are written as a span', () => {
    expect([0, 90, 9000, 90_061].map(spanText)).toEqual(['0m', '1m30s', '2h30m', '1d1h1m1s']);
  });

  it('lines without anything in them are left out', () => {
    const lines = field('lines', { fields: [field('text', { key: 'a' }), field('number', { key: 'b' })] });
    const rows = formValue(lines, [{ a: 'x', b: '1' }, { a: '', b: null }]);
    expect(sent(lines, rows)).toEqual([{ a: 'x', b: '1' }]);
  });
});

describe('a form', () => {
  const ticket = kind('ticket');
  const read = draftOf(ticket.fields, record().fields);

  it('begins with what the kind says, but for what only the server can say', () => {
    const draft = emptyDraft(ticket.fields);
    expect([draft['type'], draft['priority'], draft['due'], draft['owner']]).toEqual(['request', 'normal', '', null]);
  });

  it('sends what was changed alone', () => {
    expect(changed(ticket.fields, read, { ...read })).toEqual({});
    expect(changed(ticket.fields, read, { ...read, subject: ' Slow ', priority: '' })).toEqual({ subject: 'Slow', priority: null });
  });

  it('never sends what this person may not write', () => {
    expect(ticket.fields.find(({ key }) => key === 'goodwill')?.may).toEqual({ read: false, write: false });
    expect(kind('ticket', 'supervisor').fields.find(({ key }) => key === 'goodwill')?.may).toEqual({ read: true, write: true });
    expect(changed(ticket.fields, read, { ...read, goodwill: { amount: '5', currency: 'CNY' } })).toEqual({});
  });

  it('of two who edit at once nobody loses anything', () => {
    const mine: Draft = { ...read, subject: 'Mine', priority: 'urgent' };
    const theirs: Draft = { ...read, priority: 'low', type: 'complaint' };
    const { draft, both } = rebase(ticket.fields, read, mine, theirs);
    expect([draft['subject'], draft['priority'], draft['type']]).toEqual(['Mine', 'urgent', 'complaint']);
    expect(both).toEqual(['priority']);
  });

  it('the same change of both is no conflict', () => {
    expect(rebase(ticket.fields, read, { ...read, priority: 'low' }, { ...read, priority: 'low' }).both).toEqual([]);
  });
});

describe('in words', () => {
  it.each<[RecordField['type'], unknown, string]>([
    ['flag', true, 'Yes'],
    ['choice', 'b', 'Pear'],
    ['choice', 'gone', 'gone'],
    ['choices', ['a', 'b'], 'Apple, Pear'],
    ['person', { id: 'meng', title: '孟 浩' }, '孟 浩'],
    ['person', 'meng', '孟浩'],
    ['ref', { id: 1, title: 'T-1 Slow' }, 'T-1 Slow'],
    ['refs', [{ id: 1, title: 'a' }, { id: 2, title: 'b' }], 'a, b'],
    ['money', { amount: '1234.50', currency: 'CNY' }, '¥1,234.50'],
    ['money', { amount: '5', currency: '?' }, '5 ?'],
    ['date', '2026-11-30', '30 Nov 2026'],
    ['span', 5400, '1h30m'],
    ['text', null, ''],
    ['lines', [{}, {}], '2'],
  ])('%s %j', (type, value, words) => {
    expect(shown(field(type), value, reader)).toBe(words);
  });

  it('columns of every record', () => {
    const of = (column: string): string => cellText(kind('ticket'), record({ created_by: { id: 'meng', title: '孟浩' } }), column, reader);
    expect(['number', 'title', 'state', 'customer', 'created_by', 'type', 'nowhere'].map(of)).toEqual(['T-2026-00007', 'Watch runs slow', 'Open', '王丽华', '孟浩', 'Fault', '']);
  });
});
