import { describe, expect, it } from 'vitest';

import type { Colleague, Colleagues, Line } from '../../src/calls/api';
import { choices, type Sources } from '../../src/calls/targets';
import { watchKey } from '../../src/calls/watches';

const agent = (id: number, name: string, state: Colleague['state'], free = true): Colleague => ({
  id,
  key: name.toLowerCase(),
  name,
  state,
  reason: state === 'not_ready' ? 'break' : null,
  since: 0,
  free,
});
const line = (id: number, key: string): Line => ({ id, key, name: key, waiting: 2, longest_since: null, asa_ms: 8400, ready: 1 });
const told: Colleagues = {
  at: 0,
  agents: [agent(1, 'Ana', 'busy', false), agent(2, 'Ben', 'not_ready'), agent(3, 'Cem', 'ready'), agent(4, 'Dora', 'signed_out', false), agent(7, 'Own', 'busy', false)],
  queues: [line(1, 'sales'), line(2, 'repair')],
  flows: [{ flow: 'hotline', name: '热线 Hotline' }],
};
const sources: Sources = { told, own: 7, numbersOnly: false, queueName: (key) => (key === 'repair' ? '维修' : '') };
const ids = (query: string, more: Partial<Sources> = {}): string[] => choices(query, { ...sources, ...more }).map(({ id }) => id);

describe('where a call can go', () => {
  it.each([
    ['nothing typed: who is free, the ready first, and the queues', '', ['agent:3', 'agent:2', 'queue:1', 'queue:2']],
    ['a name also finds who is not free', 'an', ['agent:1']],
    ['a queue by its name in the language on the screen', '维', ['queue:2']],
    ['a number stands first', '138 0013 8000', ['number:138 0013 8000']],
    ['a flow by its name, when it is looked for', 'hot', ['flow:hotline']],
    ['nobody', 'xyz', []],
  ])('%s', (_, query, found) => expect(ids(query)).toEqual(found));

  it('is only a number as long as nobody is on the line', () => {
    expect(ids('ben', { numbersOnly: true })).toEqual([]);
    expect(ids('13800138000', { numbersOnly: true, told: null })).toEqual(['number:13800138000']);
  });

  it('has a mailbox where somebody hears messages', () => {
    const mailbox = (query: string) => choices(query, sources)[0]?.mailbox;
    expect(mailbox('dora')).toEqual({ kind: 'agent_voicemail', agent: 4 });
    expect(mailbox('维')).toEqual({ kind: 'queue_voicemail', queue: 'repair' });
    expect([mailbox('hot'), mailbox('138 0013 8000')]).toEqual([undefined, undefined]);
  });

  it('can be asked, but for a queue; who talks or is not there is away', () => {
    const all = [...choices('', sources), ...choices('ana', sources)];
    expect(all.filter(({ asks }) => !asks).map(({ kind }) => kind)).toEqual(['queue', 'queue']);
    expect(all.filter(({ away }) => away).map(({ id }) => id)).toEqual(['agent:1']);
  });
});

describe('the keys on the row of an agent who talks', () => {
  const pressed = (key: string, more = {}) => watchKey({ key, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, repeat: false, ...more });

  it.each([
    ['l', 'listen'],
    ['L', 'listen'],
    ['w', 'whisper'],
    ['b', 'barge'],
    ['t', 'take'],
    ['x', null],
  ])('%s', (key, act) => expect(pressed(key)).toBe(act));

  it('mean nothing with others, or while an input method composes', () => {
    for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { isComposing: true }, { repeat: true }]) {
      expect(pressed('l', more)).toBeNull();
    }
  });
});
