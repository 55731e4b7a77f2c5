/** Wrap-up forms as they are being written, kept in this browser until the server has them. */

import { remember, remembered } from '../kit/remember';

export interface Draft {
  disposition: string | null;
  notes: string;
}

export const emptyDraft: Draft = { disposition: null, notes: '' };

const key = (interaction: string): string => `draft.${interaction}`;

export function readDraft(interaction: string): Draft | null {
  const text = remembered(key(interaction));
  if (!text) return null;
  try {
    const { disposition, notes } = JSON.parse(text) as Partial<Draft>;
    return { disposition: typeof disposition === 'string' ? disposition : null, notes: String(notes ?? '') };
  } catch {
    return null;
  }
}

export function keepDraft(interaction: string, draft: Draft): void {
  const empty = draft.disposition === null && draft.notes === '';
  remember(key(interaction), empty ? null : JSON.stringify(draft));
}

export const dropDraft = (interaction: string): void => remember(key(interaction), null);

/** Drafts whose form is gone: somebody must still send them. */
export function otherDrafts(open: string | null): string[] {
  const prefix = 'carillon.draft.';
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .filter((interaction) => interaction !== open);
  } catch {
    return [];
  }
}
