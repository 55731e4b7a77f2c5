import { describe, expect, it } from 'vitest';

import type { Trunk } from '../src/api/wire';
import { after, colleaguesIn, flowText, freeKey, linePatch, peoplePatch, STEPS } from '../src/setup/start/begin';
import { standing, trunkFields, type Wish } from '../src/setup/start/trunk';

describe('the first steps of a center', () => {
  it('lead from one to the next, and then to the checklist', () => {
    expect(STEPS.map(after)).toEqual(['trunk', 'line', 'people', 'call', null]);
  });

  it.each([
    ['Sales', 'main', [], 'sales'],
    ['客户服务', 'main', [], 'main'],
    ['Sales', 'main', ['sales', 'sales-2'], 'sales-3'],
    ['x'.repeat(60), 'main', ['x'.repeat(40)], `${'x'.repeat(36)}-2`],
  ])('a key for %s', (name, otherwise, taken, key) => {
    expect(freeKey(name, otherwise, taken)).toBe(key);
  });

  it('make a number, its flow and its queue at once, and words only where there are none', () => {
    const line = { number: '4000', name: 'Ser"vice', language: 'en', record: true } as const;
    const patch = linePatch(line, { queues: [], flows: ['queue', 'ser-vice'], words: false });
    expect(Object.keys(patch)).toEqual(['queue', 'flow', 'number', 'reason', 'disposition']);
    expect(patch['queue']).toEqual({ 'ser-vice': { name: 'Ser"vice', record: true } });
    expect(patch['number']).toEqual({ '4000': { flow: 'ser-vice-2', name: 'Ser"vice' } });
    const text = String(patch['flow']?.['ser-vice-2']?.['text']);
    expect(text).toBe(flowText(line, 'ser-vice'));
    expect(text).toContain('title = "Ser\\"vice"');
    expect(text).toContain('prompts = ["welcome", "recording-notice"]');
    expect(linePatch({ ...line, record: false }, { queues: [], flows: [], words: true })).not.toHaveProperty('reason');
  });

  it('read colleagues, a line each', () => {
    const lines = ' Ana Li \n\n王丽, li\nAna Li\n陈伟\nBo;bo.x';
    expect(colleaguesIn(lines, ['wei'])).toEqual([
      { name: 'Ana Li', key: 'ana-li' },
      { name: '王丽', key: 'li' },
      { name: 'Ana Li', key: 'ana-li-2' },
      { name: '陈伟', key: 'agent-4' },
      { name: 'Bo', key: 'bo-x' },
    ]);
    expect(peoplePatch([{ key: 'li', name: '王丽' }])).toEqual({ agent: { li: { name: '王丽' } }, user: { li: { name: '王丽', agent: 'li' } } });
  });
});

describe('a line from a template', () => {
  const wish: Wish = { name: '', host: ' 192.0.2.1:5080 ', transport: 'udp', user: '4711', password: 'secret', networks: '', prefixes: '' };

  it('is known by its own address, unless others are named', () => {
    expect(trunkFields('address', wish)).toEqual({ name: '192.0.2.1', destination: 'udp:192.0.2.1:5080', networks: ['192.0.2.1/32'], health: { probe_s: 10 } });
    expect(trunkFields('pbx', { ...wish, name: 'House', host: '[2001:db8::1]', transport: 'tls', prefixes: '+44\n+49' })).toEqual({
      name: 'House',
      destination: 'tls:[2001:db8::1]',
      networks: ['2001:db8::1/128'],
      health: { probe_s: 10 },
      prefixes: ['+44', '+49'],
    });
  });

  it('registers at a carrier with the account', () => {
    const fields = trunkFields('carrier', { ...wish, host: 'sip.example.net', networks: '198.51.100.0/24\n' });
    expect(fields).toMatchObject({
      networks: ['198.51.100.0/24'],
      account: { user: '4711', realm: 'sip.example.net', password: { plain: 'secret' } },
      register: {},
    });
  });

  const up: Trunk = { key: 't', name: null, destination: null, state: 'up', since: 0, why: null, round_trip_us: null, calls: 0, registration: null };
  const registration = { registered: false, status: null, until: null, path: [], service_route: [] };
  it.each<[string, Trunk | null]>([
    ['unknown', null],
    ['asked', up],
    ['answers', { ...up, round_trip_us: 900 }],
    ['probing', { ...up, state: 'probing' }],
    ['down-no_way', { ...up, state: 'down', why: 'no_way' }],
    ['registering', { ...up, registration }],
    ['register-password', { ...up, registration: { ...registration, status: 403 } }],
    ['register-silent', { ...up, registration: { ...registration, status: 408 } }],
    ['register-refused', { ...up, registration: { ...registration, status: 500 } }],
    ['registered', { ...up, registration: { ...registration, registered: true, status: 200 } }],
  ])('stands as %s', (word, trunk) => {
    expect(standing(trunk).word).toBe(word);
  });
});
