/** Customers who hung up and keep their place in the line, as `docs/api.md` writes them. Supervisors. */

import { ask } from './rest';
import type { Micros } from './wire';

export interface CallBack {
  /** The call in which it was asked for; it names the call-back. */
  interaction: string;
  number: string;
  /** As people read it. */
  number_shown: string;
  customer: number | null;
  customer_name: string | null;
  queue: number;
  queue_name: string | null;
  asked: Micros;
  /** Waiting counts from here. */
  arrived: Micros;
  state: 'waiting' | 'ringing' | 'dialling' | 'talking';
  /** 1 is next; `null` while it is in no line. */
  place: number | null;
  /** When a customer who was rung in vain is back in the line. */
  due: Micros | null;
  attempts: number;
  agent: number | null;
  agent_name: string | null;
  call: string | null;
}

/** The longest waiting first. */
export const callBacks = (queue: string): Promise<{ items: CallBack[]; next: string | null }> =>
  ask('GET', `/callbacks?${new URLSearchParams({ limit: '200', ...(queue ? { queue } : {}) })}`);

export const cancelCallBack = (id: string): Promise<void> => ask('DELETE', `/callbacks/${encodeURIComponent(id)}`);
