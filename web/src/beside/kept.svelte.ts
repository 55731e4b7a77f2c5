/** What was done beside a call, kept in this browser until the next one: a reload loses nothing. */

import type { Use } from '../api/records';
import { remember, remembered } from '../kit/remember';
import type { Answer, Run } from './script';

const PLACE = 'beside';

interface Kept {
  interaction: string;
  /** What is open; `undefined`: nobody has opened or closed anything yet. */
  view: Use | null | undefined;
  /** The script that is gone through. */
  script: number | null;
  run: Run | null;
  /** Its number and title, and what was answered: what a new record begins with. */
  said: { title: string; answers: Answer[] } | null;
  /** Articles that were judged: whether they helped. */
  judged: Record<string, boolean>;
  /** Articles that helped, by their kind: what a new record begins with. */
  helped: Record<string, { id: number; title: string }>;
  /** The record that was made last: `ticket 12`. */
  made: { kind: string; id: number; title: string } | null;
}

const fresh = (interaction: string): Kept => ({ interaction, view: undefined, script: null, run: null, said: null, judged: {}, helped: {}, made: null });

function read(interaction: string): Kept {
  try {
    const kept = JSON.parse(remembered(PLACE) ?? 'null') as Kept | null;
    return kept?.interaction === interaction ? { ...fresh(interaction), ...kept } : fresh(interaction);
  } catch {
    return fresh(interaction);
  }
}

class Besides {
  #kept = $state.raw<Kept | null>(null);

  of(interaction: string): Kept {
    const kept = this.#kept;
    return kept?.interaction === interaction ? kept : read(interaction);
  }

  put(interaction: string, more: Partial<Omit<Kept, 'interaction'>>): void {
    this.#kept = { ...this.of(interaction), ...more };
    remember(PLACE, JSON.stringify(this.#kept));
  }
}

export const besides = new Besides();
