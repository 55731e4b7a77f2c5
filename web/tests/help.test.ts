import { describe, expect, it } from 'vitest';

import { contactsOf, listed } from '../src/contacts/of';
import { flagsOf, fresh } from '../src/help/fresh';
import { reduceAgent, unknownAgent } from '../src/live/agent';
import { reduceBoard } from '../src/live/board';

describe('who asks for help', () => {
  it('is heard once for each time, and not when somebody has seen it', () => {
    const flags = flagsOf([{ id: 1, help: { since: 5 } }, { id: 2 }, { id: 3, help: { since: 6, seen_by: 'sue' } }]);
    expect(flags).toEqual(['1:5']);
    expect(fresh(new Set(), flags)).toEqual(['1:5']);
    expect(fresh(new Set(flags), flags)).toEqual([]);
    expect(fresh(new Set(flags), flagsOf([{ id: 1, help: { since: 9 } }]))).toEqual(['1:9']);
  });

  it('is on the own desktop until it is over', () => {
    const help = { since: 5, words: 'refund' };
    const asked = reduceAgent(unknownAgent, { type: 'help.changed', data: { help } });
    expect(asked.help).toEqual(help);
    expect(reduceAgent(asked, { type: 'help.changed', data: { help: null } }).help).toBeNull();
  });

  it('has no flag on the board any more when it is gone', () => {
    const row = { id: 1, key: 'ana', name: 'Ana', state: { state: 'ready' }, since: 1, next: null, queue: null, phone_reachable: true, unread: 0, help: { since: 5, words: '' } };
    const board = { at: 1, change: 1, calls_active: 0, queues: [], agents: [row], alerts: [] };
    const next = reduceBoard(board as never, { change: 2, at: 2, calls_active: 0, agents: [{ id: 1, help: null, unread: 2 }] });
    expect(next?.agents[0]).toEqual({ ...row, help: undefined, unread: 2 });
    expect('help' in (next?.agents[0] ?? {})).toBe(false);
  });
});

it('a message stands until it is read, in every tab', () => {
  const notice = (id: number): { id: number; at: number; by: string; words: string } => ({ id, at: 1, by: 'sue', words: 'Meeting' });
  const two = [1, 2].reduce((topic, id) => reduceAgent(topic, { type: 'notice.shown', data: notice(id) }), unknownAgent);
  expect(two.notices.map(({ id }) => id)).toEqual([1, 2]);
  expect(reduceAgent(two, { type: 'notice.read', data: { notice: 1 } }).notices.map(({ id }) => id)).toEqual([2]);
});

it('the rows behind a number are addressed by queue, outcome and day', () => {
  expect(contactsOf('vip', 'abandoned')).toBe('#/contacts/?queue=vip&outcome=abandoned&days=1');
  expect(listed('?queue=vip&outcome=abandoned&days=1')).toEqual({ queue: 'vip', outcome: 'abandoned', days: 1 });
  expect(listed('?')).toEqual({ queue: '', outcome: '', days: 0 });
});
