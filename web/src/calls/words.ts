/** Calls in words. */

import type { Cause, RingEnd } from '../api/wire';
import type { AgentTopic } from '../live/agent';
import { t } from '../text/text.svelte';

/** Why somebody was not reached; `who` may be empty. */
export const causeWords = (cause: Cause, who: string): string => (who ? t(`cause-of-${cause}`, { who }) : t(`cause-${cause}`));

/** A ring that is over: what becomes of the caller depends on who gave the call. */
export function missedWords(why: RingEnd, missed: AgentTopic['missed']): string {
  const caller = missed?.caller || t('caller-someone');
  return missed?.by ? t(`withdrawn-handed-${why}`, { caller, by: missed.by }) : t(`withdrawn-${why}`, { caller });
}
