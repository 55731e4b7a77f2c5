/** A queue's rules as a form in people's units, and the way back as a patch. Pure. */

import type { Announced, CallBackRule, Condition, Need, OverflowWhen, Patch, QueueRules, RelaxStep } from '../api/rules';

export interface NeedForm {
  skill: string;
  min: number;
  weight: number;
}

export interface StepForm {
  after_s: number;
  when: '' | 'no_agents' | 'estimate_above' | 'service_level_below' | 'waiting_above';
  limit: number;
  /** 0: as before. */
  min_level: number;
  drop: string;
  add_group: string;
  add_queue: string;
  /** What this form does not show stays as it is. */
  rest: Pick<RelaxStep, 'lower'> & { drop: string[]; add_groups: string[]; add_queues: string[] };
}

export interface OverflowForm {
  when: (typeof OVERFLOWS)[number];
  /** Seconds, of `estimate_above`. */
  limit: number;
  to: string;
}

export interface Form {
  agent_selection: string;
  needs: NeedForm[];
  any_needs: NeedForm[];
  priority: number;
  priority_step_s: number;
  base_s: number;
  /** Seconds of score per second of waiting. */
  ageing: number;
  max_bonus_s: number;
  /** Per cent. */
  share: number;
  ring_s: number;
  ring_several: number;
  wrap_up_mode: string;
  wrap_up_s: number;
  answer_within_s: number;
  service_level_percent: number;
  short_abandon_s: number;
  /** 0: none. */
  max_waiting: number;
  max_wait_s: number;
  relax: StepForm[];
  overflow: OverflowForm[];
  reserve: { group: string; agents: number }[];
  /** Empty: always open. */
  hours: string;
  leave_without_agents: boolean;
  recall_s: number;
  announce_s: number;
  /** `null`: as between two. */
  announce_first_s: number | null;
  announce: Record<Announced, boolean>;
  call_back: boolean;
  /** What counts while `call_back` is ticked. */
  call_back_rule: CallBackRule;
  /** Head start in seconds, by the customer's tier. */
  tiers: { tier: string; bonus_s: number }[];
  /** And by what was bought, in the smallest unit of the currency. */
  values: { from_minor: number; bonus_s: number }[];
  record: boolean;
  disposition_required: boolean;
}

type MoreField =
  | 'any_needs'
  | 'overflow'
  | 'reserve'
  | 'hours'
  | 'leave_without_agents'
  | 'recall_s'
  | 'announce_s'
  | 'announce_first_s'
  | 'announce'
  | 'call_back'
  | 'call_back_rule'
  | 'tiers'
  | 'values'
  | 'record'
  | 'disposition_required';

export const AGENT_SELECTIONS = [
  'longest_idle',
  'level_then_longest_idle',
  'most_skilled',
  'least_skilled',
  'fewest_contacts',
  'lowest_occupancy',
  'round_robin',
  'fixed_order',
  'most_recently_idle',
  'fastest_service',
  'random',
  'weighted_random',
] as const;
export const WRAP_UP_MODES = ['none', 'optional', 'discretionary', 'timed', 'fixed', 'requested'] as const;
export const OVERFLOWS = ['full', 'timeout', 'no_agents', 'closed', 'estimate_above'] as const;
export const ANNOUNCED = ['position', 'wait', 'call_back'] as const;
export const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
const USUAL_CALL_BACK: CallBackRule = { digit: '1', ring_s: 30, tries: 3, retry_s: 600, max_open: 200 };
export const CONDITIONS = ['no_agents', 'estimate_above', 'service_level_below', 'waiting_above'] as const;

/** A field of the rules by the name that the form gives it. */
export const LABELS: Readonly<Record<string, string>> = {
  agent_selection: 'rules-agent-selection',
  special: 'holidays-special',
  skills: 'rules-skills',
  any_skill: 'more-any',
  priority: 'rules-priority',
  priority_step_s: 'rules-priority-step',
  score: 'rules-order-short',
  share_ppm: 'rules-share',
  name: 'name',
  relax: 'rules-relax-short',
  reserve: 'more-reserve',
  ring_s: 'rules-ring',
  ring_several: 'rules-ring-several',
  wrap_up: 'rules-wrap-up',
  answer_within_s: 'rules-threshold',
  short_abandon_s: 'rules-short',
  max_waiting: 'rules-max-waiting',
  max_wait_s: 'rules-max-wait',
  overflow: 'more-overflow',
  hours: 'more-hours',
  leave_without_agents: 'more-leave',
  recall_s: 'more-recall',
  announce_s: 'more-announce-every',
  announce_first_s: 'more-announce-first',
  announce: 'more-announce',
  call_back: 'more-call-back',
  vip_bonus: 'more-bonus',
  record: 'more-record',
  disposition_required: 'more-disposition',
  service_level_percent: 'rules-target',
};

const need = ([skill, it]: [string, Need]): NeedForm =>
  typeof it === 'number' ? { skill, min: it, weight: 1 } : { skill, ...it };

function conditionOf(when: Condition | null): Pick<StepForm, 'when' | 'limit'> {
  if (when === null) return { when: '', limit: 0 };
  if (when === 'no_agents') return { when, limit: 0 };
  const [name, limit] = Object.entries(when)[0] as [StepForm['when'], number];
  return { when: name, limit };
}

function stepOf(step: RelaxStep): StepForm {
  const [drop = '', ...drops] = step.drop;
  const [group = '', ...groups] = step.add_groups;
  const [queue = '', ...queues] = step.add_queues;
  return {
    after_s: step.after_ms / 1000,
    ...conditionOf(step.when),
    min_level: step.min_level ?? 0,
    drop,
    add_group: group,
    add_queue: queue,
    rest: { lower: step.lower, drop: drops, add_groups: groups, add_queues: queues },
  };
}

const overflowOf = ({ when, to }: QueueRules['overflow'][number]): OverflowForm =>
  typeof when === 'string' ? { when, limit: 60, to } : { when: 'estimate_above', limit: when.estimate_above, to };

/** What the fold holds. */
function moreOf(rules: QueueRules): Pick<Form, MoreField> {
  const { digit, ring_s, tries, retry_s, max_open } = rules.call_back ?? USUAL_CALL_BACK;
  return {
    any_needs: Object.entries(rules.any_skill).map(need),
    overflow: rules.overflow.map(overflowOf),
    reserve: rules.reserve.map((it) => ({ ...it })),
    hours: rules.hours ?? '',
    leave_without_agents: rules.leave_without_agents,
    recall_s: rules.recall_s,
    announce_s: rules.announce_s,
    announce_first_s: rules.announce_first_s,
    announce: {
      position: rules.announce.includes('position'),
      wait: rules.announce.includes('wait'),
      call_back: rules.announce.includes('call_back'),
    },
    tiers: Object.entries(rules.vip_bonus.tiers).map(([tier, bonus_s]) => ({ tier, bonus_s })),
    values: rules.vip_bonus.values.map((step) => ({ ...step })),
    call_back: rules.call_back !== null,
    call_back_rule: { digit, ring_s, tries, retry_s, max_open },
    record: rules.record,
    disposition_required: rules.disposition_required,
  };
}

export function formOf(rules: QueueRules): Form {
  return {
    ...moreOf(rules),
    agent_selection: rules.agent_selection,
    needs: Object.entries(rules.skills).map(need),
    priority: rules.priority,
    priority_step_s: rules.priority_step_s,
    base_s: rules.score.base_ms / 1000,
    ageing: rules.score.ageing_ppm / 1e6,
    max_bonus_s: rules.score.max_bonus_s,
    share: rules.share_ppm / 1e4,
    ring_s: rules.ring_s,
    ring_several: rules.ring_several,
    wrap_up_mode: rules.wrap_up.mode,
    wrap_up_s: rules.wrap_up.seconds,
    answer_within_s: rules.answer_within_s,
    service_level_percent: rules.service_level_percent,
    short_abandon_s: rules.short_abandon_s,
    max_waiting: rules.max_waiting ?? 0,
    max_wait_s: rules.max_wait_s ?? 0,
    relax: rules.relax.map(stepOf),
  };
}

export const emptyStep = (): StepForm => ({
  after_s: 20,
  when: '',
  limit: 0,
  min_level: 0,
  drop: '',
  add_group: '',
  add_queue: '',
  rest: { lower: {}, drop: [], add_groups: [], add_queues: [] },
});

const condition = ({ when, limit }: StepForm): Condition | null => {
  if (when === '') return null;
  return when === 'no_agents' ? when : ({ [when]: limit } as unknown as Condition);
};

const some = (first: string, rest: string[]): string[] => [...(first ? [first] : []), ...rest];

const step = (form: StepForm): RelaxStep => ({
  after_ms: Math.round(form.after_s * 1000),
  when: condition(form),
  min_level: form.min_level || null,
  lower: form.rest.lower,
  drop: some(form.drop, form.rest.drop),
  add_queues: some(form.add_queue, form.rest.add_queues),
  add_groups: some(form.add_group, form.rest.add_groups),
});

const skillsOf = (needs: NeedForm[]): Record<string, Need> =>
  Object.fromEntries(
    needs.filter(({ skill }) => skill).map(({ skill, min, weight }) => [skill, weight === 1 ? min : { min, weight }]),
  );

const whenOf = ({ when, limit }: OverflowForm): OverflowWhen =>
  when === 'estimate_above' ? { estimate_above: limit } : when;

function moreRules(form: Form): Patch {
  return {
    any_skill: skillsOf(form.any_needs),
    overflow: form.overflow.map((row) => ({ when: whenOf(row), to: row.to })),
    reserve: form.reserve,
    hours: form.hours || null,
    leave_without_agents: form.leave_without_agents,
    recall_s: form.recall_s,
    announce_s: form.announce_s,
    announce_first_s: form.announce_first_s,
    announce: ANNOUNCED.filter((what) => form.announce[what]),
    vip_bonus: {
      tiers: Object.fromEntries(form.tiers.filter(({ tier }) => tier).map(({ tier, bonus_s }) => [tier, bonus_s])),
      values: form.values,
    },
    call_back: form.call_back ? form.call_back_rule : null,
    record: form.record,
    disposition_required: form.disposition_required,
  };
}

function rulesOf(form: Form): Patch {
  return {
    ...moreRules(form),
    agent_selection: form.agent_selection,
    skills: skillsOf(form.needs),
    priority: form.priority,
    priority_step_s: form.priority_step_s,
    score: {
      base_ms: Math.round(form.base_s * 1000),
      ageing_ppm: Math.round(form.ageing * 1e6),
      max_bonus_s: form.max_bonus_s,
    },
    share_ppm: Math.round(form.share * 1e4),
    ring_s: form.ring_s,
    ring_several: form.ring_several,
    wrap_up: { mode: form.wrap_up_mode, seconds: form.wrap_up_s },
    answer_within_s: form.answer_within_s,
    service_level_percent: form.service_level_percent,
    short_abandon_s: form.short_abandon_s,
    max_waiting: form.max_waiting || null,
    max_wait_s: form.max_wait_s || null,
    relax: form.relax.map(step),
  };
}

/** What the form changes; a skill that is gone is named as `null` (RFC 7396). */
export function patchOf(before: QueueRules, form: Form): Patch {
  const [old, now] = [rulesOf(formOf(before)), rulesOf(form)];
  const patch: Patch = {};
  for (const [field, value] of Object.entries(now)) {
    if (JSON.stringify(value) !== JSON.stringify(old[field])) patch[field] = value;
  }
  for (const field of ['skills', 'any_skill'] as const) {
    if (!patch[field]) continue;
    const kept = now[field] as Record<string, unknown>;
    const gone = Object.keys(before[field]).filter((skill) => !(skill in kept));
    patch[field] = { ...kept, ...Object.fromEntries(gone.map((skill) => [skill, null])) };
  }
  const bonus = patch['vip_bonus'] as QueueRules['vip_bonus'] | undefined;
  if (bonus) {
    const gone = Object.keys(before.vip_bonus.tiers).filter((tier) => !(tier in bonus.tiers));
    patch['vip_bonus'] = { ...bonus, tiers: { ...bonus.tiers, ...Object.fromEntries(gone.map((tier) => [tier, null])) } };
  }
  return patch;
}

/** The page of a queue that does not exist yet: no key is written so. */
export const NEW = '+';

/** Which queue the page is about: the one asked for, else the first; empty: there is none. Who may make queues begins a center without any with a new one. */
export function queueShown(asked: string | null, first: string, locked: boolean): string {
  if (asked !== null && asked !== NEW) return asked;
  return !locked && (asked === NEW || first === '') ? NEW : first;
}

/** What a new queue is called; both languages or one. */
export interface Naming {
  key: string;
  en: string;
  zh: string;
}

export const unnamed = (): Naming => ({ key: '', en: '', zh: '' });

/** The whole of a new queue: its name, and what differs from the defaults. */
export function newQueue(defaults: QueueRules, form: Form, { en, zh }: Naming): Patch {
  const said = Object.entries({ en: en.trim(), zh: zh.trim() }).filter(([, name]) => name);
  return { ...patchOf(defaults, form), name: Object.fromEntries(said) };
}
