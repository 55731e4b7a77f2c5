/** How somebody in a call looks: one icon and one tone a state. Pure. */

import type { OtherState } from '../api/wire';
import type { Look } from '../shell/state';

export function lookOfOther(state: OtherState): Look {
  switch (state) {
    case 'ringing':
      return { icon: 'bell', tone: 'ringing' };
    case 'consulted':
    case 'joined':
      return { icon: state === 'joined' ? 'people' : 'phone', tone: 'talking' };
    case 'waiting':
      return { icon: 'pause', tone: 'held' };
    case 'listening':
      return { icon: 'speaker', tone: 'away' };
    case 'whispering':
    case 'barging':
      return { icon: 'microphone', tone: 'held' };
  }
}
