/** How a supervisor may be in a call, and by which key on an agent's row. Pure. */

import type { Watch } from '../api/wire';
import type { IconName } from '../kit/icons';

export const WATCHES: readonly { how: Watch; key: string; icon: IconName }[] = [
  { how: 'listen', key: 'L', icon: 'speaker' },
  { how: 'whisper', key: 'W', icon: 'microphone' },
  { how: 'barge', key: 'B', icon: 'people' },
];

export type WatchAct = Watch | 'take';

/** The key means something while the focus is in the row of an agent who talks. */
export function watchKey(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'isComposing' | 'repeat'>): WatchAct | null {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return null;
  const key = event.key.toUpperCase();
  return key === 'T' ? 'take' : (WATCHES.find((watch) => watch.key === key)?.how ?? null);
}
