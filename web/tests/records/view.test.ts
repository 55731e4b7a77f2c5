import { describe, expect, it } from 'vitest';

import { addressOf, asked, boardable, columnsOf, daysOf, dayOf, filterable, isNarrowed, movedTo, plainView, showsOf, turned, type View, viewOf } from '../../src/records/view';
import { kind } from './sample';

const ticket = kind('ticket');
const view = (more: Partial<View>): View => ({ ...plainView, ...more });

describe('a look at a list', () => {
  it.each<Partial<View>>([
    {},
    { show: 'board' },
    { words: '手表 & slow' },
    { states: ['open', 'waiting'], sort: '-due' },
    { filters: [{ field: 'priority', values: ['high', 'urgent'], from: '', to: '' }] },
    { filters: [{ field: 'due', values: [], from: '2026-11-01', to: '2026-11-30' }] },
    { filters: [{ field: 'owner', values: [], from: '', to: '' }] },
    { columns: ['number', 'due'], customer: 4711 },
    { show: 'board', by: 'owner' },
    { show: 'calendar', span: 'week', day: '2026-11-30' },
    { show: 'calendar', span: 'day', day: '2026-11-30' },
  ])('stands in the address and comes back from it: %j', (more) => {
    const address = addressOf('ticket', view(more));
    expect(address.startsWith('#/records/ticket')).toBe(true);
    expect(viewOf(address.split('?')[1] ?? '', ticket)).toEqual(view(more));
  });

  it('what the kind does not have is left out', () => {
    expect(viewOf('show=board&by=due&span=year', ticket)).toEqual(view({ show: 'board' }));
    expect(viewOf('show=map&state=open,gone&field.colour=red&columns=number,colour&customer=x&day=soon', ticket)).toEqual(view({ states: ['open'], columns: ['number'] }));
    expect(viewOf('show=calendar', kind('note')).show).toBe('list');
  });

  it('asks the server for what is said, sorted as the kind says', () => {
    const query = asked(ticket, view({ words: ' slow ', states: ['open'], filters: [{ field: 'owner', values: ['me'], from: '', to: '' }] }), 50);
    expect(Object.fromEntries(query)).toEqual({ q: 'slow', state: 'open', 'field.owner': 'me', sort: 'due', limit: '50' });
    expect(asked(ticket, view({ sort: '-subject' }), 50, { state: 'open' }).toString()).toBe('sort=-subject&limit=50&state=open');
  });

  it('is narrowed by anything but its order', () => {
    expect([plainView, view({ sort: 'due' }), view({ words: 'a' }), view({ customer: 1 })].map(isNarrowed)).toEqual([false, false, true, true]);
  });

  it('offers what the kind has', () => {
    expect(showsOf(ticket)).toEqual(['list', 'board', 'calendar']);
    expect(showsOf(kind('note'))).toEqual(['list']);
    expect(boardable(ticket)).toEqual(['state', 'type', 'priority', 'owner', 'team', 'cause', 'verification']);
    expect(filterable(ticket).map(({ key }) => key)).toEqual(['type', 'priority', 'owner', 'team', 'due', 'cause', 'verification', 'verified']);
    expect(columnsOf(kind('note'))).not.toContain('state');
    expect(columnsOf(ticket)).not.toContain('description');
  });
});

describe('a calendar', () => {
  it('shows whole weeks from Monday on', () => {
    const november = daysOf('2026-11-30', 'month');
    expect([november[0], november.at(-1), november.length]).toEqual(['2026-10-26', '2026-12-06', 42]);
    const february = daysOf('2027-02-10', 'month');
    expect([february[0], february.at(-1), february.length]).toEqual(['2027-02-01', '2027-02-28', 28]);
    expect(daysOf('2026-11-29', 'week')).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29']);
  });

  it('turns by a month or a week, from long months too', () => {
    expect([turned('2026-01-31', 'month', 1), turned('2026-01-31', 'month', -1), turned('2026-11-30', 'week', 1), turned('2026-11-30', 'day', 1)]).toEqual(['2026-02-01', '2025-12-01', '2026-12-07', '2026-12-01']);
    expect(daysOf('2026-11-30', 'day')).toEqual(['2026-11-30']);
  });

  it('moves a date as a whole and a time at its hour', () => {
    expect(movedTo('2026-11-30', '2026-12-02')).toBe('2026-12-02');
    const time = new Date(2026, 10, 30, 9, 30).toISOString();
    const moved = movedTo(time, '2026-12-02');
    expect(dayOf(moved)).toBe('2026-12-02');
    expect(new Date(moved).getHours()).toBe(9);
    expect([dayOf(null), dayOf('soon')]).toEqual([null, null]);
  });
});
