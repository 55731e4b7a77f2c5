/** What stands between this agent and the next call, and what one key does about it. Pure. */

import type { AgentTopic } from '../live/agent';
import type { LinkState } from '../live/link';
import { isVoiceless, type Line, type PhoneStatus } from '../phone/status';
import type { IconName } from '../kit/icons';

/** What is shown of the phone: its line, with the microphone that belongs to it. */
export type PhoneMark = Line | 'elsewhere' | 'voiceless';

/**
 * The own phone says how it is, and what the server says of it counts more as long as it can be asked. Another
 * phone (`elsewhere`) is one only while the own is off.
 */
export function phoneMark(phone: PhoneStatus, link: LinkState, agent: Pick<AgentTopic, 'known' | 'phoneReachable'>): PhoneMark {
  const reachable = link === 'up' && agent.known && agent.phoneReachable;
  if (isVoiceless(phone)) return 'voiceless';
  if (phone.line === 'registered') return reachable || link !== 'up' ? 'registered' : 'retrying';
  return phone.line === 'off' && reachable ? 'elsewhere' : phone.line;
}

export interface Trouble {
  id: 'link' | 'line' | 'microphone' | 'silent' | 'talking-muted' | 'far-silent' | 'speaker' | 'instead';
  tone: 'bad' | 'held';
  icon: IconName;
  /** Of the texts; `device` and `other` are their values. */
  words: string;
  device?: string;
  other?: string;
  /** What helps; the key is of the same name. */
  help?: 'microphone' | 'mute' | 'again';
}

export interface Situation {
  link: LinkState;
  /** The page has been linked before: not just loading. */
  wasUp: boolean;
  phone: PhoneStatus;
  /** The name of the microphone in use, or that is gone. */
  device: string;
  /** Another microphone, if there is any. */
  other: string | null;
  /** A microphone or speaker that was chosen and is not here. */
  missing: { microphone: string | null; speaker: string | null };
}

export function troublesOf({ link, wasUp, phone, device, other, missing }: Situation): Trouble[] {
  const found: Trouble[] = [];
  const help = other === null ? {} : { other, help: 'microphone' as const };
  const with_ = other === null ? '' : '-other';
  if (wasUp && (link === 'retrying' || link === 'offline')) {
    found.push({ id: 'link', tone: 'bad', icon: 'link', words: `obstacle-link-${link}` });
  }
  if (phone.line === 'retrying' || phone.line === 'refused') {
    found.push({ id: 'line', tone: 'bad', icon: 'phone', words: `obstacle-line-${phone.line}` });
  }
  if (isVoiceless(phone)) {
    const away = phone.voice === 'gone' || phone.voice === 'silenced';
    const words = away ? `obstacle-${phone.voice}${with_}` : `microphone-${phone.voice}`;
    found.push({ id: 'microphone', tone: 'bad', icon: 'microphone', words, device, ...(away ? help : { help: 'again' as const }) });
  } else if (phone.line !== 'off' && missing.microphone !== null) {
    found.push({ id: 'instead', tone: 'held', icon: 'microphone', words: 'obstacle-instead', device: missing.microphone, other: device });
  }
  if (phone.hearing.silent && !isVoiceless(phone)) {
    found.push({ id: 'silent', tone: 'bad', icon: 'microphone', words: `obstacle-silent${with_}`, device, ...help });
  }
  if (phone.hearing.talkingMuted) {
    found.push({ id: 'talking-muted', tone: 'held', icon: 'muted', words: 'obstacle-talking-muted', help: 'mute' });
  }
  if (phone.hearing.farSilent) {
    found.push({ id: 'far-silent', tone: 'held', icon: 'speaker', words: 'obstacle-far-silent' });
  }
  if (phone.line !== 'off' && missing.speaker !== null) {
    found.push({ id: 'speaker', tone: 'held', icon: 'speaker', words: 'obstacle-speaker', device: missing.speaker });
  }
  return found;
}
