/** How somebody in a call looks: one icon and one tone a state. Pure. */

import type { OtherState, OtherView } from '../api/wire';
import type { Look } from '../shell/state';

/** `joining`: a supervisor whose phone is rung, who is no colleague that was asked. */
export type Standing = OtherState | 'joining';

/** Who has no seat is told from somebody outside by the name: those outside are called by their number. */
export const standingOf = ({ state, agent, name }: Pick<OtherView, 'state' | 'agent' | 'name'>): Standing =>
  state === 'ringing' && agent === undefined && !/^[+\d\s()./#*-]+$/.test(name) ? 'joining' : state;

export function lookOfOther(state: Standing): Look {
  switch (state) {
    case 'ringing':
      return { icon: 'bell', tone: 'ringing' };
    case 'consulted':
    case 'joined':
      return { icon: state === 'joined' ? 'people' : 'phone', tone: 'talking' };
    case 'muted':
      return { icon: 'muted', tone: 'away' };
    case 'waiting':
      return { icon: 'pause', tone: 'held' };
    case 'joining':
    case 'listening':
      return { icon: 'speaker', tone: 'away' };
    case 'whispering':
    case 'barging':
      return { icon: 'microphone', tone: 'held' };
  }
}
