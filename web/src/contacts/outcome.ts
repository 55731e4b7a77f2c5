import type { Outcome } from '../api/wire';
import type { Look } from '../shell/state';

/** One outcome, one icon, one tone. */
export function lookOfOutcome(outcome: Outcome | null): Look {
  switch (outcome) {
    case 'handled':
      return { icon: 'check', tone: 'ready' };
    case 'abandoned':
      return { icon: 'phone-down', tone: 'held' };
    case 'self_service':
      return { icon: 'keypad', tone: 'away' };
    case 'voicemail':
      return { icon: 'microphone', tone: 'held' };
    case 'call_back':
      return { icon: 'phone', tone: 'held' };
    case 'not_reached':
      return { icon: 'phone-down', tone: 'away' };
    case 'refused':
      return { icon: 'minus', tone: 'away' };
    case 'failed':
    case 'interrupted':
      return { icon: 'warn', tone: 'bad' };
    case null:
      return { icon: 'phone', tone: 'talking' };
  }
}
