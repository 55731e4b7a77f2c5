/** What happened in a contact, beside the word for it. Pure. */

import type { InteractionEvent } from '../api/wire';
import { duration } from '../text/format';

export interface EventWords {
  say: (id: string, values?: Record<string, string | number>) => string;
  has: (id: string) => boolean;
  agent: (id: unknown) => string | null;
  queue: (key: unknown) => string | null;
  disposition: (key: string) => string;
}

/** Numbers of other parts of the program, which tell a person nothing. */
const UNTOLD = ['until', 'agent_lost', 'priority', 'customer', 'sip_call_id', 'step', 'reservation', 'call_back', 'linked', 'direction', 'how'];
/** Who is meant, by id. */
const AGENTS = ['agent', 'from', 'to'];
/** Where a number has a form for people, that one is told. */
const SHOWN = ['number', 'called'];

/** The message that names it. */
export function messageOf({ kind, detail }: InteractionEvent): string {
  const outbound = kind === 'call.started' && detail['direction'] === 'outbound';
  // What was promised to a customer names the contact in which it was.
  const how = !outbound ? '' : detail['agent'] === undefined ? '-outbound' : '-dialled';
  return `event-${kind.replaceAll('.', '-')}${how}`;
}

export function detailOf({ kind, detail }: InteractionEvent, words: EventWords): string {
  const shown = Object.entries(detail).filter(([key]) => !(SHOWN.includes(key) && `${key}_shown` in detail));
  const told = special(kind, detail, words) ?? shown.map(([key, value]) => plain(key, value, words));
  return told.filter(Boolean).join(' · ');
}

function special(kind: string, detail: InteractionEvent['detail'], { say, has, agent }: EventWords): string[] | null {
  const word = (prefix: string, value: unknown): string => (has(`${prefix}-${value}`) ? say(`${prefix}-${value}`) : String(value ?? ''));
  switch (kind) {
    case 'customer.looked_up':
      return [say('detail-matches', { count: Number(detail['matches'] ?? 0) })];
    case 'call.ended':
      return [word('ended-by', detail['by']), detail['outcome'] === undefined ? '' : word('outcome', detail['outcome'])];
    case 'call.not_reached':
    case 'call.consult_failed':
    case 'call.transfer_failed':
      return [agent(detail['to']) ?? '', word('cause', detail['why'])];
    case 'call.supervised':
      return [String(detail['user'] ?? ''), word('watch', detail['watch'])];
    case 'call_back.number_refused':
      return [word('number-refused', detail['why'])];
    case 'digits.entered':
      return [String(detail['label'] ?? ''), detail['digits'] === null ? say('entered-secret') : String(detail['digits'])];
    case 'leg.measured': {
      const mos = Number(detail['mos']);
      return [word('party', detail['party']), Number.isFinite(mos) && detail['mos'] !== null ? `MOS ${mos.toFixed(1)}` : ''];
    }
    default:
      return null;
  }
}

function plain(key: string, value: unknown, words: EventWords): string {
  if (value === null || typeof value === 'object' || typeof value === 'boolean' || UNTOLD.includes(key)) return '';
  if (AGENTS.includes(key)) return words.agent(value) ?? String(value);
  if (key === 'queue') return words.queue(value) ?? String(value);
  if (key === 'disposition') return words.disposition(String(value));
  if (key.endsWith('_ms')) return duration(Number(value));
  if (key === 'bonus_s') return Number(value) > 0 ? words.say('detail-bonus', { seconds: Number(value) }) : '';
  return String(value);
}
