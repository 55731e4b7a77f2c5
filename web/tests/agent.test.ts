import { describe, expect, it } from 'vitest';

import type { AgentState, CallState, CallView, DeskEvent, ScreenPop } from '../src/api/wire';
import { type AgentTopic, ended, forced, phaseOf, reduceAgent, unknownAgent } from '../src/live/agent';

const pop = (reservation = 9): ScreenPop => ({
  reservation,
  interaction: `i${reservation}`,
  caller: '+8613800138000',
  caller_shown: '+86 138 0013 8000',
  called: '4000',
  called_shown: '4000',
  queue: 'sales-zh',
  queue_name: '顾问',
  waited_ms: 5300,
  customer: null,
  candidates: [],
  looking_up: true,
  place_kept: null,
  menu_path: [],
  entered: [],
  why: { en: '', zh: '' },
});

const call = (state: CallState, since: number): DeskEvent => ({
  type: 'call.state_changed',
  data: { interaction: 'i9', state, since, caller_shown: '', direction: 'inbound', recording: true, ended_by: null } satisfies CallView,
});

const became = (state: AgentState, since = 0): DeskEvent => ({
  type: 'agent.state_changed',
  data: { state, since, next: null },
});

const RESERVED: AgentState = { state: 'reserved', reservation: 9, contact: 3, until: 20_000_000 };
const fold = (events: DeskEvent[], from: AgentTopic = unknownAgent): AgentTopic => events.reduce(reduceAgent, from);

const snapshot: DeskEvent = {
  type: 'snapshot',
  data: {
    agent: 7,
    state: { state: 'ready' },
    since: 1,
    next: null,
    phone_reachable: true,
    pop: null,
    call: null,
    on_hand: [],
    today: { handled: 2, missed: 0, talk_ms: 60_000 },
    parked: [],
    notices: [],
  },
};

const ringing: DeskEvent[] = [snapshot, { type: 'pop.shown', data: pop() }, became(RESERVED, 5)];
const talking: DeskEvent[] = [...ringing, call('talking', 10_000_000), became({ state: 'busy', contact: 3 }, 10_000_000)];

describe('the walk of a call', () => {
  it.each([
    ['nothing known', [], 'idle'],
    ['a snapshot', [snapshot], 'idle'],
    ['the ring', ringing, 'ringing'],
    ['the answer, before the state follows', ringing.concat(call('talking', 10)), 'talking'],
    ['the talk', talking, 'talking'],
    ['hold', [...talking, call('held', 20)], 'held'],
    ['resume', [...talking, call('held', 20), call('talking', 30)], 'talking'],
    ['a phone that is gone', [...talking, call('parked', 20)], 'parked'],
    ['the end, before wrap-up begins', [...talking, call('ended', 40)], 'wrap_up'],
    ['wrap-up', [...talking, call('ended', 40), became({ state: 'wrap_up', contact: 3, until: null })], 'wrap_up'],
    ['ready again', [...talking, call('ended', 40), became({ state: 'ready' })], 'idle'],
    ['an occupied agent whose call is not told yet', [snapshot, became({ state: 'busy', contact: 3 })], 'connecting'],
  ] as [string, DeskEvent[], string][])('%s', (_, events, phase) => {
    expect(phaseOf(fold(events))).toBe(phase);
  });
});

describe('figures of the day', () => {
  it('counts a call and its time from the first connection, held time included', () => {
    const end = fold([...talking, call('held', 20_000_000), call('talking', 30_000_000), call('ended', 40_000_000)]);
    expect(end.today).toEqual({ handled: 3, missed: 0, talk_ms: 90_000 });
    expect(end.talkFrom).toBeNull();
  });

  it.each([
    ['no_answer', 1],
    ['declined', 0],
    ['caller_gone', 0],
    ['unreachable', 0],
  ] as const)('a ring that ends by %s counts %i missed', (why, missed) => {
    const end = fold([...ringing, { type: 'pop.withdrawn', data: { reservation: 9, interaction: 'i9', why } }]);
    expect(end.today.missed).toBe(missed);
    expect(end.pop).toBeNull();
    expect(end.missed?.why).toBe(why);
  });
});

describe('the pop', () => {
  it('takes the record that comes later, and only for the same caller', () => {
    const customer = { name: '王丽华' } as ScreenPop['customer'];
    const late = fold([...ringing, { type: 'pop.updated', data: { ...pop(), customer, looking_up: false } }]);
    expect(late.pop?.customer?.name).toBe('王丽华');
    const strange = fold([...ringing, { type: 'pop.updated', data: { ...pop(10), customer } }]);
    expect(strange.pop?.customer).toBeNull();
  });

  it('stays through wrap-up and goes when the agent is free', () => {
    const after = fold([...talking, call('ended', 40), became({ state: 'wrap_up', contact: 3, until: null })]);
    expect(after.pop?.interaction).toBe('i9');
    expect(reduceAgent(after, became({ state: 'not_ready', reason: 'break' })).pop).toBeNull();
  });

  it('a withdrawal of another ring leaves it alone', () => {
    const end = fold([...ringing, { type: 'pop.withdrawn', data: { reservation: 8, interaction: 'i8', why: 'no_answer' } }]);
    expect(end.pop?.reservation).toBe(9);
  });
});

describe('a snapshot', () => {
  it('in a call restores the call and its clock', () => {
    if (snapshot.type !== 'snapshot') throw new Error('not a snapshot');
    const view = call('held', 77);
    if (view.type !== 'call.state_changed') throw new Error('not a call');
    const data = { ...snapshot.data, state: { state: 'busy', contact: 3 } as AgentState, pop: pop(), call: view.data };
    const topic = fold([{ type: 'snapshot', data }]);
    expect(phaseOf(topic)).toBe('held');
    expect(topic.talkFrom).toBe(77);
  });

  it('in wrap-up knows whose form is due', () => {
    if (snapshot.type !== 'snapshot') throw new Error('not a snapshot');
    const state: AgentState = { state: 'wrap_up', contact: 3, until: 99 };
    expect(fold([{ type: 'snapshot', data: { ...snapshot.data, state, pop: pop() } }]).wrapUp).toBe('i9');
  });
});

describe("a supervisor's wish", () => {
  const busy: AgentState = { state: 'busy', contact: 3 };
  const lunch = { state: 'not_ready', reason: 'lunch' } as const;
  const told = (state: AgentState, next: typeof lunch | null, by?: string): DeskEvent => ({
    type: 'agent.state_changed',
    data: { state, since: 1, next, ...(by ? { by } : {}) },
  });

  it('is told once, with its author', () => {
    const before = fold([snapshot, told(busy, null)]);
    const wished = fold([told(busy, lunch, 'meng')], before);
    expect(forced(before, wished)).toEqual({ by: 'meng', state: lunch, later: true });
    const true_ = fold([told(lunch, null, 'meng')], wished);
    expect([true_.by, forced(wished, true_)]).toEqual(['meng', null]);
    expect(forced(before, fold([told(lunch, null, 'meng')], before))).toEqual({ by: 'meng', state: lunch, later: false });
  });

  it('is over with what the agent wishes', () => {
    const forcedNow = fold([snapshot, told(lunch, null, 'meng')]);
    const own = fold([told({ state: 'ready' }, null)], forcedNow);
    expect([own.by, forced(forcedNow, own)]).toEqual([null, null]);
  });
});

describe('the end of the shift', () => {
  it('comes after the call, not with the wish', () => {
    const busyNow: AgentState = { state: 'busy', contact: 3 };
    const busy = fold([snapshot, became(busyNow)]);
    const wished = fold([{ type: 'agent.state_changed', data: { state: busyNow, since: 1, next: { state: 'signed_out' } } }], busy);
    expect(ended(busy, wished)).toBe(false);
    const out = fold([became({ state: 'signed_out' })], wished);
    expect([ended(wished, out), ended(out, out), ended(unknownAgent, out)]).toEqual([true, false, false]);
  });
});

describe('parked calls', () => {
  const slot = { slot: 701, interaction: 'i1', caller_shown: '138 0013 8000', customer: null, by: 8, by_name: 'Ben', since: 1, until: 9 };

  it('are those of the last word about them', () => {
    const topic = fold([snapshot, { type: 'parked.changed', data: { parked: [slot] } }]);
    expect(topic.parked).toEqual([slot]);
    expect(fold([{ type: 'parked.changed', data: { parked: [] } }], topic).parked).toEqual([]);
    expect(fold([snapshot], topic).parked).toEqual([]);
  });
});
