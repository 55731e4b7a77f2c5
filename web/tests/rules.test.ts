import { describe, expect, it } from 'vitest';

import type { QueueRules } from '../src/api/rules';
import { emptyStep, formOf, NEW, newQueue, patchOf, queueShown } from '../src/rules/form';
import { rebase } from '../src/rules/kept';

const rules: QueueRules = {
  skills: { gems: 3, chinese: { min: 5, weight: 2 } },
  any_skill: { english: 5, chinese: 5 },
  agent_selection: 'longest_idle',
  priority: 5,
  priority_step_s: 30,
  score: { base_ms: 1500, ageing_ppm: 1_000_000, max_bonus_s: 600 },
  share_ppm: 250_000,
  relax: [
    {
      after_ms: 20_000,
      when: { waiting_above: 5 },
      min_level: 1,
      lower: { gems: 2 },
      drop: ['chinese', 'english'],
      add_queues: [],
      add_groups: ['experts'],
    },
  ],
  ring_s: 15,
  ring_several: 1,
  wrap_up: { mode: 'timed', seconds: 30 },
  answer_within_s: 20,
  short_abandon_s: 5,
  max_waiting: null,
  max_wait_s: 900,
  service_level_percent: 80,
  overflow: [{ when: { estimate_above: 120 }, to: 'sales' }],
  reserve: [{ group: 'experts', agents: 2 }],
  hours: null,
  leave_without_agents: false,
  recall_s: 0,
  announce_s: 30,
  announce_first_s: null,
  announce: ['position', 'wait'],
  call_back: null,
  vip_bonus: { tiers: { gold: 20, vip: 45 }, values: [] },
  record: true,
  disposition_required: false,
};

describe('the form of a queue', () => {
  it('is in the units of people and changes nothing by itself', () => {
    const form = formOf(rules);
    expect([form.base_s, form.ageing, form.share, form.max_waiting]).toEqual([1.5, 1, 25, 0]);
    expect(form.needs).toEqual([
      { skill: 'gems', min: 3, weight: 1 },
      { skill: 'chinese', min: 5, weight: 2 },
    ]);
    expect(patchOf(rules, form)).toEqual({});
  });

  it('names what was changed, and nothing else', () => {
    const form = formOf(rules);
    form.ring_s = 9;
    form.wrap_up_mode = 'fixed';
    form.max_wait_s = 0;
    expect(patchOf(rules, form)).toEqual({ ring_s: 9, wrap_up: { mode: 'fixed', seconds: 30 }, max_wait_s: null });
  });

  it('takes a skill away with null', () => {
    const form = formOf(rules);
    form.needs = [{ skill: 'gems', min: 4, weight: 1 }];
    expect(patchOf(rules, form)).toEqual({ skills: { gems: 4, chinese: null } });
  });

  it('says the fold in patches: what is gone is null, what is off is null', () => {
    const form = formOf(rules);
    form.any_needs = form.any_needs.filter(({ skill }) => skill !== 'english');
    form.announce.wait = false;
    form.announce_first_s = 10;
    form.overflow = [{ when: 'full', limit: 60, to: 'service' }];
    form.call_back = true;
    form.hours = 'shop';
    form.tiers = form.tiers.filter(({ tier }) => tier !== 'gold');
    form.values.push({ from_minor: 9, bonus_s: 3 });
    expect(patchOf(rules, form)).toEqual({
      any_skill: { chinese: 5, english: null },
      announce: ['position'],
      announce_first_s: 10,
      overflow: [{ when: 'full', to: 'service' }],
      call_back: { digit: '1', ring_s: 30, tries: 3, retry_s: 600, max_open: 200 },
      hours: 'shop',
      vip_bonus: { tiers: { vip: 45, gold: null }, values: [{ from_minor: 9, bonus_s: 3 }] },
    });
    const off = formOf({ ...rules, call_back: { digit: '5', ring_s: 30, tries: 3, retry_s: 60, max_open: 9 } });
    expect(off.call_back_rule.digit).toBe('5');
    off.call_back = false;
    expect(patchOf({ ...rules, call_back: { digit: '5', ring_s: 30, tries: 3, retry_s: 60, max_open: 9 } }, off)).toEqual({ call_back: null });
  });

  it('keeps of a step what it does not show', () => {
    const form = formOf(rules);
    const [first] = form.relax;
    if (first) first.after_s = 12;
    form.relax.push({ ...emptyStep(), when: 'no_agents', min_level: 2 });
    const relax = patchOf(rules, form)['relax'] as QueueRules['relax'];
    expect(relax[0]).toEqual({ ...rules.relax[0], after_ms: 12_000 });
    expect(relax[1]).toMatchObject({ when: 'no_agents', min_level: 2, drop: [], add_groups: [] });
  });

  it('begins a center without queues with its first', () => {
    expect([queueShown(null, 'vip', false), queueShown(NEW, 'vip', false), queueShown('repair', 'vip', false)]).toEqual(['vip', NEW, 'repair']);
    expect([queueShown(null, '', false), queueShown(NEW, '', false)]).toEqual([NEW, NEW]);
    // Who may not make queues reads those that there are.
    expect([queueShown(NEW, 'vip', true), queueShown(null, '', true)]).toEqual(['vip', '']);
  });

  it('of a new queue says its names and what is not the default', () => {
    const form = { ...formOf(rules), ring_s: 17 };
    expect(newQueue(rules, form, { key: 'gems', en: ' Gems ', zh: '' })).toEqual({ name: { en: 'Gems' }, ring_s: 17 });
  });
});

describe('rules that somebody else has changed meanwhile', () => {
  it('keep what both changed, field by field', () => {
    const theirs: QueueRules = { ...rules, ring_s: 25, priority: 2 };
    const mine = formOf(rules);
    mine.priority = 3;
    mine.relax.push(emptyStep());
    const now = rebase(rules, mine, theirs);
    expect([now.ring_s, now.priority, now.relax.length]).toEqual([25, 3, 2]);
    expect(Object.keys(patchOf(theirs, now)).sort()).toEqual(['priority', 'relax']);
  });

  it('are theirs where nothing was changed', () => {
    expect(rebase(rules, formOf(rules), { ...rules, ring_s: 25 })).toEqual(formOf({ ...rules, ring_s: 25 }));
  });
});
