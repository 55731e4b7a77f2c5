import { describe, expect, it } from 'vitest';

import { detailOf, messageOf, type EventWords } from '../src/contacts/event';
import { withoutNumbers } from '../src/text/why';

const words: EventWords = {
  say: (id, values) => (values ? `${id} ${Object.values(values).join()}` : id),
  has: (id) => id !== 'party-ghost',
  agent: (id) => (id === 7 ? 'Ana' : null),
  queue: (key) => (key === 'vip' ? 'Private clients' : null),
  disposition: (key) => key.toUpperCase(),
};
const detail = (kind: string, given: Record<string, unknown>): string => detailOf({ seq: 1, at: 0, kind, detail: given }, words);

describe('what happened', () => {
  it.each([
    ['call.started', { called: '4000', sip_call_id: 'x' }, '4000'],
    ['call.started', { called: '+862155500100', called_shown: '021 5550 0100' }, '021 5550 0100'],
    ['call.started', { direction: 'outbound', called: '4000', called_shown: '4000', linked: '0199a7c2-0000-7000-8000-000000000001' }, '4000'],
    ['call_back.booked', { queue: 'vip', number: '+8613800138000', number_shown: '138 0013 8000', call_back: 'x' }, 'Private clients · 138 0013 8000'],
    ['call_back.number_refused', { why: 'short' }, 'number-refused-short'],
    ['digits.entered', { label: 'Order', digits: '10007' }, 'Order · 10007'],
    ['digits.entered', { label: 'PIN', digits: null }, 'PIN · entered-secret'],
    ['customer.looked_up', { customer: 70, matches: 2 }, 'detail-matches 2'],
    ['menu.chosen', { digit: '1', label: 'Sales', step: 'menu' }, '1 · Sales'],
    ['agent.reserved', { agent: 7, queue: 'vip', until: 9, why: {} }, 'Ana · Private clients'],
    ['queue.entered', { queue: 'vip', bonus_s: 0 }, 'Private clients'],
    ['queue.entered', { queue: 'vip', bonus_s: 30 }, 'Private clients · detail-bonus 30'],
    ['agent.reserved', { agent: 8, queue: 'gone' }, '8 · gone'],
    ['call.connected', { agent: 7, waited_ms: 4932 }, 'Ana · 00:04'],
    ['call.ended', { by: 'agent', outcome: 'handled', reason: '200 Normal' }, 'ended-by-agent · outcome-handled'],
    ['call.transferred', { from: 7, to: 8, how: 'blind' }, 'Ana · 8'],
    ['call.sent_on', { from: 7, to: null, note: 'an invoice' }, 'Ana · an invoice'],
    ['call.consult_failed', { to: 7, why: 'busy' }, 'Ana · cause-busy'],
    ['call.supervised', { user: 'meng', watch: 'listen' }, 'meng · watch-listen'],
    ['leg.measured', { mos: 4.389, party: 'caller', media: {} }, 'party-caller · MOS 4.4'],
    ['leg.measured', { mos: null, party: 'ghost' }, 'ghost'],
    ['leg.measured', { mos: null, party: 'caller', media: { talk: { of_ms: 1000, own_ms: 450, others_ms: 300, both_ms: 50, silent_ms: 200 } } }, 'party-caller · line-talk 5,20'],
    ['leg.measured', { mos: 4.2, mos_heard: 3.95, party: 'agent', media: { codec: 'Opus', received: 990, lost: 10, round_trip_us: 40400 } }, 'party-agent · Opus · MOS 4.2 · line-heard 4.0 · line-lost 1.0 · line-trip 40'],
    ['wrap_up.saved', { agent: 7, disposition: 'repair' }, 'Ana · REPAIR'],
  ])('%s %o', (kind, given, told) => {
    expect(detail(kind, given)).toBe(told);
  });
});

describe('the word for it', () => {
  it.each([
    ['call.started', { called: '4000' }, 'event-call-started'],
    ['call.started', { direction: 'inbound' }, 'event-call-started'],
    ['call.started', { direction: 'outbound', linked: 'x' }, 'event-call-started-outbound'],
    ['call.started', { direction: 'outbound', agent: 7 }, 'event-call-started-dialled'],
    ['call_back.booked', { direction: 'outbound' }, 'event-call_back-booked'],
  ])('%s %o', (kind, given, message) => {
    expect(messageOf({ seq: 1, at: 0, kind, detail: given })).toBe(message);
  });
});

describe('why this agent', () => {
  it('names no numbers that a person does not know', () => {
    const zh = '坐席变为空闲，选择了#14362785449582792：得分最高。\n1. #14362785449582792（售后服务）：已等待7秒\n2. #15: x';
    expect(withoutNumbers(zh, '本次联络')).toBe('坐席变为空闲，选择了本次联络：得分最高。\n1. 售后服务：已等待7秒\n2. ·: x');
    expect(withoutNumbers('Ana was chosen.\n1. #7 (Sales): waited 7 s', 'this contact')).toBe('Ana was chosen.\n1. Sales: waited 7 s');
    expect(withoutNumbers('Ana was chosen.', 'x')).toBe('Ana was chosen.');
  });
});
