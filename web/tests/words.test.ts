import { describe, expect, it } from 'vitest';

import { inWords, read, type Speech } from '../src/rules/words';

const speech: Speech = {
  say: (id, values) => (values ? `${id}(${Object.values(values).join()})` : id),
  has: (id) => !id.endsWith('unheard'),
  skill: (key) => key.toUpperCase(),
  group: (key) => `group ${key}`,
  queue: (key) => `queue ${key}`,
  hours: (key) => `hours ${key}`,
};

describe('a written value', () => {
  it('is read as the server writes it', () => {
    expect(read('15')).toBe(15);
    expect(read('-0.5')).toBe(-0.5);
    expect(read('true')).toBe(true);
    expect(read('"a \\"b\\" \\u00e9"')).toBe('a "b" é');
    expect(read('[]')).toEqual([]);
    expect(read('[{ add_groups = [], after_ms = 20000, lower = {} }, { "a b" = \'c\' }]')).toEqual([
      { add_groups: [], after_ms: 20000, lower: {} },
      { 'a b': 'c' },
    ]);
  });

  it('is left alone where it is none', () => {
    for (const broken of ['', '[', '{ a }', '1 2', '2026-10-01', 'night', '[1,]', '"open', '['.repeat(40)]) {
      expect(read(broken), broken).toBeUndefined();
      expect(inWords('skills', broken, speech)).toBe(broken);
    }
  });
});

describe('a change', () => {
  const said = (field: string, written: string): string => inWords(field, written, speech);

  it('of relaxation says after how long, or when, who else is asked', () => {
    const steps =
      '[{ add_groups = ["experts"], add_queues = ["sales"], after_ms = 15500, drop = ["zh"], lower = { en = 2 }, min_level = 2, when = { service_level_below = 70 } }, { add_groups = [], add_queues = [], after_ms = 0, drop = [], lower = {}, when = "no_agents" }]';
    expect(said('relax', steps)).toBe(
      'step-after(15.5) step-or when-service_level_below 70%: rules-min-level 2, EN ≥ 2, rules-drop ZH, rules-add-group group experts, rules-add-queue queue sales; ' +
        'step-after(0) step-or when-no_agents: rules-as-before',
    );
    expect(said('relax', '[]')).toBe('rules-nothing');
  });

  it('of skills, overflow, reserve and head starts has names and units', () => {
    expect(said('skills', '{ gems = 7, en = { min = 3, weight = 2 } }')).toBe('GEMS ≥ 7, EN ≥ 3 (rules-weight 2)');
    expect(said('overflow', '[{ to = "sales", when = "timeout" }, { to = "vip", when = { estimate_above = 60 } }]')).toBe(
      'overflow-timeout → queue sales; overflow-estimate_above 60 unit-s → queue vip',
    );
    expect(said('reserve', '[{ agents = 2, group = "experts" }]')).toBe('group experts: 2 unit-agents');
    expect(said('score', '{ ageing_ppm = 1500000, base_ms = 7000, max_bonus_s = 300 }')).toBe(
      'rules-base 7 unit-s, rules-ageing 1.5 unit-ageing, rules-cap 300 unit-s',
    );
    expect(said('vip_bonus', '{ tiers = { gold = 30 }, values = [] }')).toBe('tier-gold 30 unit-s');
    expect(said('wrap_up', '{ mode = "timed", seconds = 45 }')).toBe('wrap-timed, 45 unit-s');
    expect(said('special', '{ "2026-10-01" = [], "2026-10-11" = ["09:00-13:00", "14:00-17:00"] }')).toBe(
      '2026-10-01 holidays-closed; 2026-10-11 09:00-13:00, 14:00-17:00',
    );
  });

  it('of anything else has a unit or a word', () => {
    expect(said('ring_s', '15')).toBe('15 unit-s');
    expect(said('share_ppm', '250000')).toBe('25%');
    expect(said('record', 'false')).toBe('no');
    expect(said('hours', '"office"')).toBe('hours office');
    expect(said('agent_selection', '"longest_idle"')).toBe('policy-longest_idle');
    expect(said('agent_selection', '"unheard"')).toBe('unheard');
    expect(said('zone', '"Asia/Shanghai"')).toBe('Asia/Shanghai');
    expect(said('name', '{ en = "Night", zh = "夜间" }')).toBe('en: Night, zh: 夜间');
  });
});
