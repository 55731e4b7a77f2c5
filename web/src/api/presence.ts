/** A state for several agents at once, as `docs/api.md` writes it. Supervisors. */

import { ask } from './rest';
import type { NextState } from './wire';

export interface LeftOut {
  agent: number;
  code: string;
  /** In English, for codes without words of ours. */
  message: string;
}

/** Those for whom it could not be done; for all the others it is. */
export async function together(agents: number[], state: NextState): Promise<LeftOut[]> {
  const told = await ask<{ left_out?: LeftOut[] }>('POST', '/agents/presence', { agents, ...state });
  return told.left_out ?? [];
}
