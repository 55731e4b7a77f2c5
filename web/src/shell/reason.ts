/** Why somebody is not ready, and for how long that may be. */

import type { AgentState, NextState, Reason } from '../api/wire';
import { named, t } from '../text/text.svelte';

/** The system's own reasons have words of their own. */
const SYSTEM: readonly string[] = ['no-answer', 'declined', 'no-media', 'unreachable', 'no-microphone', 'signed-in'];

export function reasonWord(reasons: readonly Reason[], key: string): string {
  const known = reasons.some((reason) => reason.key === key);
  return known || !SYSTEM.includes(key) ? named(reasons, key) : t(`reason-${key}`);
}

export const stateWord = (reasons: readonly Reason[], state: AgentState | NextState): string =>
  state.state === 'not_ready' ? reasonWord(reasons, state.reason) : t(`state-${state.state}`);

/** Milliseconds after which a pause counts as too long; `null`: never. */
export function limitOf(reasons: readonly Reason[], state: AgentState): number | null {
  if (state.state !== 'not_ready') return null;
  const limit = reasons.find(({ key }) => key === state.reason)?.limit_s;
  return limit ? limit * 1000 : null;
}
