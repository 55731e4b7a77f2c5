/** Where a call can go, as the server tells an agent. */

import { ask } from '../api/rest';
import type { Micros, StateName } from '../api/wire';

export interface Colleague {
  id: number;
  key: string;
  name: string;
  state: StateName;
  reason: string | null;
  since: Micros;
  /** Can be rung for a call now. */
  free: boolean;
}

export interface Line {
  id: number;
  key: string;
  name: string;
  waiting: number;
  longest_since: Micros | null;
  /** How long those who were answered today had waited. */
  asa_ms: number;
  ready: number;
}

export interface Colleagues {
  at: Micros;
  agents: Colleague[];
  queues: Line[];
}

export const colleagues = (): Promise<Colleagues> => ask('GET', '/colleagues');
