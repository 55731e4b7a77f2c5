/** Who waits and why nobody has been given to them, as `docs/api.md` writes it. Supervisors. */

import { ask } from './rest';
import type { Micros, Words } from './wire';

export interface Standstill {
  contact: number;
  /** `null`: has just left. */
  caller: { interaction: string; call_back: boolean; caller_shown: string; customer_name: string | null } | null;
  /** 1 is next. */
  position: number;
  arrived: Micros;
  priority: number;
  bonus_s: number;
  /** Relaxation steps in force. */
  stage: number;
  /** Agents whose phones ring for it. */
  ringing: number[];
  /** Offered to this agent alone, until `waits_until` (`null`: for ever). */
  waits_for: number | null;
  waits_until: Micros | null;
  /** Its first line says place and state, every further one a reason. */
  why: Words;
}

/** The first hundred, in the order in which they are served. */
export const waiting = async (queue: string): Promise<Standstill[]> =>
  (await ask<{ items: Standstill[] }>('GET', `/waiting?${new URLSearchParams({ queue })}`)).items;

/** The reasons alone: place and state stand in figures beside them. Pure. */
export const reasonsOf = (why: string): string[] => why.split('\n').slice(1).filter(Boolean);
