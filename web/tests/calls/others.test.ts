import { describe, expect, it } from 'vitest';

import type { AgentState, CallView, Cause, DeskEvent, Handed, OtherState, ScreenPop } from '../../src/api/wire';
import { standingOf } from '../../src/calls/look';
import { type AgentTopic, phaseOf, reduceAgent, unknownAgent, unreached } from '../../src/live/agent';

const BUSY: AgentState = { state: 'busy', contact: 3 };
const HANDED: Handed = { how: 'consulted', by: 8, name: 'Ben', note: '' };

const pop = (more: Partial<ScreenPop> = {}): DeskEvent => ({
  type: 'pop.shown',
  data: {
    reservation: 9,
    interaction: 'i9',
    caller: '+8613800138000',
    caller_shown: '138 0013 8000',
    called: '',
    called_shown: '',
    queue: '',
    queue_name: '',
    waited_ms: 0,
    customer: null,
    candidates: [],
    looking_up: false,
    direction: 'inbound',
    place_kept: null,
    menu_path: [],
    entered: [],
    why: { en: '', zh: '' },
    ...more,
  },
});
const call = (state: CallView['state'], more: Partial<CallView> = {}): DeskEvent => ({
  type: 'call.state_changed',
  data: { interaction: 'i9', state, since: 1_000_000, caller_shown: '138 0013 8000', direction: 'inbound', recording: false, ended_by: null, ...more },
});
const became = (state: AgentState): DeskEvent => ({ type: 'agent.state_changed', data: { state, since: 0, next: null } });
const fold = (...events: DeskEvent[]): AgentTopic => events.reduce(reduceAgent, { ...unknownAgent, known: true });
const others = (...states: OtherState[]) => states.map((state, i) => ({ id: i, name: `o${i}`, state, since: 0 }));
const OUT = { direction: 'outbound' as const };

describe('a call of our own', () => {
  const dialled = [pop(OUT), became(BUSY), call('ringing', OUT)];

  it.each([
    ['while the own phone is fetched', dialled, 'dialing'],
    ['while theirs rings', [...dialled, call('connecting', OUT)], 'dialing'],
    ['when they talk', [...dialled, call('talking', OUT)], 'talking'],
  ])('%s', (_, events, phase) => expect(phaseOf(fold(...events))).toBe(phase));

  it('that reaches nobody says why until the next, and is nothing handled', () => {
    const vain = fold(...dialled, call('ended', { ...OUT, cause: 'busy' }), became({ state: 'ready' }));
    expect(vain.tried).toEqual({ interaction: 'i9', number: '+8613800138000', shown: '138 0013 8000', cause: 'busy' });
    expect([vain.today.handled, phaseOf(vain)]).toEqual([0, 'idle']);
    expect(reduceAgent(vain, pop()).tried).toBeNull();
  });
});

describe('a call of a colleague', () => {
  const rung = [pop({ handed: HANDED }), became(BUSY), call('ringing', { part: 'ringing' })];

  it.each([
    ['rings as any other', rung, 'ringing'],
    ['also one that comes back', [pop({ handed: { ...HANDED, how: 'returned' } }), became(BUSY), call('ringing')], 'ringing'],
    ['is a talk when it is picked up', [...rung, call('talking', { part: 'consulted' })], 'talking'],
    ['does not ring where the phone answers by itself', [pop(), became(BUSY), call('ringing', { part: 'ringing' })], 'connecting'],
  ])('%s', (_, events, phase) => expect(phaseOf(fold(...events))).toBe(phase));

  it('is not counted as handled, unless it is handed over', () => {
    const asked = [...rung, call('talking', { part: 'consulted' })];
    expect(fold(...asked, call('ended')).today.handled).toBe(0);
    const owned = fold(...asked, call('talking'), call('ended', { since: 3_000_000 }));
    expect(owned.today).toMatchObject({ handled: 1, talk_ms: 2000 });
  });

  it('that is not picked up names the colleague', () => {
    const missed = fold(...rung, { type: 'pop.withdrawn', data: { reservation: 9, interaction: 'i9', why: 'caller_gone' } });
    expect(missed.missed?.by).toBe('Ben');
  });
});

describe('whom we asked in vain', () => {
  const asking = fold(pop(), became(BUSY), call('held', { others: others('ringing') }));
  const failed = (cause: Cause, more: Partial<CallView> = {}) => reduceAgent(asking, call('held', { cause, ...more }));

  it('is told once', () => {
    const now = failed('no_answer');
    expect(unreached(asking, now)).toEqual({ who: 'o0', cause: 'no_answer' });
    expect(unreached(now, reduceAgent(now, call('talking', { cause: 'no_answer' })))).toBeNull();
  });

  it('is not told to who was asked, nor where the call is over', () => {
    expect(unreached(asking, failed('busy', { part: 'consulted' }))).toBeNull();
    expect(unreached(asking, reduceAgent(asking, call('ended', { cause: 'busy' })))).toBeNull();
  });

  it('has no name where a customer who was sent on comes back', () => {
    const back = fold(pop({ handed: { ...HANDED, how: 'returned' } }), became(BUSY));
    expect(unreached(back, reduceAgent(back, call('ringing', { cause: 'no_answer' })))).toEqual({ who: '', cause: 'no_answer' });
  });
});

describe('who is being rung', () => {
  it.each([
    ['a colleague', { agent: 8, name: 'Ben' }, 'ringing'],
    ['a number outside', { name: '+86 138 0013 8055' }, 'ringing'],
    ['a supervisor without a seat', { name: 'meng' }, 'joining'],
    ['one whose name has figures', { name: 'meng-2' }, 'joining'],
  ])('%s', (_, who, standing) => expect(standingOf({ state: 'ringing', ...who })).toBe(standing));

  it('is what it is afterwards', () => expect(standingOf({ state: 'listening', name: 'meng' })).toBe('listening'));
});
