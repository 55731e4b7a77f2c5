/** Definitions that were written and not published, kept in this browser until they are. */

import { remember, remembered } from '../kit/remember';

interface Kept {
  source: string;
  /** The version it began with. */
  over: number;
}

const place = (kind: string): string => `kind.${kind}`;

export function keptSource(kind: string): Kept | null {
  try {
    const kept = JSON.parse(remembered(place(kind)) ?? 'null') as Kept | null;
    return kept && typeof kept.source === 'string' && typeof kept.over === 'number' ? kept : null;
  } catch {
    return null;
  }
}

export const keepSource = (kind: string, kept: Kept | null): void => remember(place(kind), kept && JSON.stringify(kept));
