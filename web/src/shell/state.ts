/** One state, one icon, one tone, one word: the same on the desk and on the board. Pure. */

import type { Phase } from '../live/agent';
import type { AgentState } from '../api/wire';
import type { IconName } from '../kit/icons';

export interface Look {
  icon: IconName;
  tone: 'ready' | 'ringing' | 'talking' | 'held' | 'away' | 'bad';
}

export function lookOfState(state: AgentState['state'], reason?: string): Look {
  switch (state) {
    case 'ready':
      return { icon: 'check', tone: 'ready' };
    case 'reserved':
      return { icon: 'bell', tone: 'ringing' };
    case 'busy':
      return { icon: 'phone', tone: 'talking' };
    case 'wrap_up':
      return { icon: 'pen', tone: 'held' };
    case 'signed_out':
      return { icon: 'out', tone: 'away' };
    case 'not_ready':
      if (reason === 'no-answer' || reason === 'no-media' || reason === 'unreachable' || reason === 'no-microphone') return { icon: 'warn', tone: 'bad' };
      return { icon: reason === 'break' || reason === 'lunch' ? 'cup' : 'minus', tone: 'away' };
  }
}

export function lookOfPhase(phase: Phase): Look {
  switch (phase) {
    case 'idle':
      return { icon: 'phone', tone: 'away' };
    case 'ringing':
    case 'connecting':
      return { icon: 'bell', tone: 'ringing' };
    case 'dialing':
      return { icon: 'phone', tone: 'ringing' };
    case 'talking':
      return { icon: 'phone', tone: 'talking' };
    case 'held':
      return { icon: 'pause', tone: 'held' };
    case 'parked':
      return { icon: 'warn', tone: 'bad' };
    case 'wrap_up':
      return { icon: 'pen', tone: 'held' };
  }
}
