/** What can be done with somebody who waits. Pure. */

import type { Standstill } from '../api/waiting';
import type { IconName } from '../kit/icons';

export type Act = 'raise' | 'take' | 'send' | 'call-back' | 'end';

export interface Choice {
  act: Act;
  icon: IconName;
  /** Of the texts. */
  words: string;
}

/** `own`: the seat of who looks, where it is ready. Who rings has a place already, and who is called back is promised a call. */
export function actsOn({ caller, ringing, position, priority }: Pick<Standstill, 'caller' | 'ringing' | 'position' | 'priority'>, own: number | null): Choice[] {
  if (!caller) return [];
  const back = caller.call_back;
  const rings = ringing.length > 0;
  return [
    ...(rings || (position === 1 && priority === 1) ? [] : [{ act: 'raise' as const, icon: 'arrow' as const, words: 'act-raise' }]),
    ...(own === null || (rings && back) ? [] : [{ act: 'take' as const, icon: 'phone' as const, words: 'act-take' }]),
    ...(rings && back ? [] : [{ act: 'send' as const, icon: 'swap' as const, words: 'act-send' }]),
    ...(back ? [] : [{ act: 'call-back' as const, icon: 'clock' as const, words: 'act-call-back' }]),
    { act: 'end' as const, icon: 'phone-down' as const, words: back ? 'act-end-back' : 'act-end' },
  ];
}
