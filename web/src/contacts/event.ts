/** What happened in a contact, beside the word for it. Pure. */

import type { InteractionEvent, LegStats } from '../api/wire';
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
/** Codecs as people write them. */
const CODECS: Record<string, string> = { Pcmu: 'G.711 µ', Pcma: 'G.711 A', G722: 'G.722', G729: 'G.729', Opus: 'Opus' };
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
    case 'leg.measured':
      return [word('party', detail['party']), ...line(detail, say)];
    case 'recording.consent':
      return [say(detail['given'] === true ? 'consent-given' : 'consent-refused')];
    default:
      return null;
  }
}

/** The line of a party: its codec, the opinion of both directions, what was lost, how long it takes, who spoke when. */
function line(detail: InteractionEvent['detail'], say: EventWords['say']): string[] {
  const media = (detail['media'] ?? {}) as Partial<LegStats>;
  const score = (mos: unknown): string => (typeof mos === 'number' ? mos.toFixed(1) : '');
  const [said, heard] = [score(detail['mos']), score(detail['mos_heard'])];
  const expected = (media.received ?? 0) + (media.lost ?? 0);
  const lost = expected > 0 && media.lost ? say('line-lost', { share: ((100 * media.lost) / expected).toFixed(1) }) : '';
  const trip = media.round_trip_us ? say('line-trip', { ms: Math.round(media.round_trip_us / 1000) }) : '';
  const { of_ms = 0, both_ms = 0, silent_ms = 0 } = media.talk ?? {};
  const share = (ms: number): number => Math.round((100 * ms) / of_ms);
  const talk = of_ms > 0 ? say('line-talk', { both: share(both_ms), silent: share(silent_ms) }) : '';
  const codec = media.codec ? (CODECS[media.codec] ?? media.codec) : '';
  return [codec, said && `MOS ${said}`, heard && say('line-heard', { mos: heard }), lost, trip, talk];
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
