/** Where a call can go: colleagues, lines, a free number, narrowed by what was typed. Pure. */

import type { Target } from '../api/wire';
import type { Colleague, Colleagues, Line, Way } from './api';
import { numberIn } from './number';

/** An entry of the search box. */
export interface Choice {
  id: string;
  kind: 'agent' | 'queue' | 'flow' | 'number';
  name: string;
  target: Target;
  /** Can be asked before the customer is sent on. */
  asks: boolean;
  /** Cannot be reached now. */
  away: boolean;
  agent?: Colleague;
  queue?: Line;
  /** Messages are taken there. */
  mailbox?: Target;
}

export interface Sources {
  told: Colleagues | null;
  /** The agent who looks. */
  own: number | null;
  /** Only numbers: nobody is on the line. */
  numbersOnly: boolean;
  queueName: (key: string) => string;
}

const SHOWN = 40;
const ORDER = ['ready', 'wrap_up', 'not_ready', 'reserved', 'busy', 'signed_out'];

const fits = (query: string, ...texts: string[]): boolean => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const all = texts.join(' ').toLowerCase();
  return words.every((word) => all.includes(word));
};

export function choices(query: string, { told, own, numbersOnly, queueName }: Sources): Choice[] {
  const number = numberIn(query);
  const free: Choice[] = number === null ? [] : [numberChoice(number)];
  if (numbersOnly || !told) return free;
  const names = new Intl.Collator();
  const agents = told.agents
    .filter(({ id, name, key }) => id !== own && fits(query, name, key))
    .toSorted((a, b) => rank(a) - rank(b) || names.compare(a.name, b.name))
    .map(agentChoice);
  const queues = told.queues.map((queue) => ({ queue, name: queueName(queue.key) || queue.name }));
  const lines = queues.filter(({ queue, name }) => fits(query, name, queue.key)).map(({ queue, name }) => queueChoice(queue, name));
  const flows = told.flows.filter(({ name, flow }) => query.trim() !== '' && fits(query, name, flow)).map(flowChoice);
  // Without a word, who is not there is not offered.
  const there = query.trim() === '' ? agents.filter(({ away }) => !away) : agents;
  return [...free, ...there.slice(0, SHOWN), ...lines.slice(0, SHOWN), ...flows.slice(0, SHOWN)];
}

const rank = (agent: Colleague): number => (agent.free ? 0 : 10) + ORDER.indexOf(agent.state);

const agentChoice = (agent: Colleague): Choice => ({
  id: `agent:${agent.id}`,
  kind: 'agent',
  name: agent.name,
  target: { kind: 'agent', agent: agent.id },
  asks: true,
  away: !agent.free,
  agent,
  mailbox: { kind: 'agent_voicemail', agent: agent.id },
});

const queueChoice = (queue: Line, name: string): Choice => ({
  id: `queue:${queue.id}`,
  kind: 'queue',
  name,
  target: { kind: 'queue', queue: queue.key },
  asks: false,
  away: false,
  queue,
  mailbox: { kind: 'queue_voicemail', queue: queue.key },
});

const flowChoice = ({ flow, name }: Way): Choice => ({
  id: `flow:${flow}`,
  kind: 'flow',
  name,
  target: { kind: 'flow', flow },
  asks: false,
  away: false,
});

export const numberChoice = (number: string): Choice => ({
  id: `number:${number}`,
  kind: 'number',
  name: number,
  target: { kind: 'number', number },
  asks: true,
  away: false,
});
