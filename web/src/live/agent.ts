/**
 * The own seat, folded from the server's numbered events. Pure: no clock, no socket, no phone.
 *
 * The server owns the state of the call; what a button or the phone did shows here only when the
 * server says so.
 */

import type {
  AgentDay,
  AgentState,
  CallView,
  Cause,
  DeskEvent,
  Help,
  Micros,
  NextState,
  Notice,
  ParkedCall,
  Preview,
  ScreenPop,
  RingEnd,
} from '../api/wire';

export interface AgentTopic {
  /** A snapshot came: the rest may be believed. */
  known: boolean;
  state: AgentState;
  since: Micros;
  next: NextState | null;
  /** The supervisor who asked for this state or the next. */
  by: string | null;
  phoneReachable: boolean;
  pop: ScreenPop | null;
  call: CallView | null;
  /** The interaction whose form is due. */
  wrapUp: string | null;
  today: AgentDay;
  /** What anybody may pick up, by slot. */
  parked: readonly ParkedCall[];
  /** Whom this agent is about to call for a campaign. */
  preview: Preview | null;
  /** What supervisors were asked for. */
  help: Help | null;
  /** Of supervisors, not read yet. */
  notices: readonly Notice[];
  /** When the caller and this agent were first connected. */
  talkFrom: Micros | null;
  /** The last ring that ended without this agent, until the next one; `by`: the colleague it came from. */
  missed: { interaction: string; why: RingEnd; caller: string; by: string | null } | null;
  /** The last call of our own that reached nobody, until the next pop. */
  tried: { interaction: string; number: string; shown: string; cause: Cause } | null;
}

export const unknownAgent: AgentTopic = {
  known: false,
  state: { state: 'signed_out' },
  since: 0,
  next: null,
  by: null,
  phoneReachable: false,
  pop: null,
  call: null,
  wrapUp: null,
  today: { handled: 0, missed: 0, talk_ms: 0 },
  parked: [],
  preview: null,
  help: null,
  notices: [],
  talkFrom: null,
  missed: null,
  tried: null,
};

export function reduceAgent(topic: AgentTopic, event: DeskEvent): AgentTopic {
  switch (event.type) {
    case 'snapshot': {
      const { state, since, next, by = null, phone_reachable, pop, call, today, parked = [], preview = null, help = null, notices = [] } = event.data;
      const wrapUp = state.state === 'wrap_up' ? (pop?.interaction ?? null) : null;
      const talkFrom = call && isConnected(call) && !call.part ? call.since : null;
      const { missed, tried } = topic;
      const phoneReachable = phone_reachable;
      return { known: true, state, since, next, by, phoneReachable, pop, call, wrapUp, today, parked, preview, help, notices, talkFrom, missed, tried };
    }
    case 'agent.state_changed':
      return stateChanged({ ...topic, ...event.data, by: event.data.by ?? null });
    case 'pop.shown':
      return { ...topic, pop: event.data, call: null, wrapUp: null, talkFrom: null, missed: null, tried: null };
    case 'pop.updated':
      return topic.pop?.interaction === event.data.interaction ? { ...topic, pop: event.data } : topic;
    case 'pop.withdrawn':
      return withdrawn(topic, event.data.reservation, event.data.interaction, event.data.why);
    case 'call.state_changed':
      return callChanged(topic, event.data);
    case 'wrap_up.started':
      return { ...topic, wrapUp: event.data.interaction };
    case 'phone.state_changed':
      return { ...topic, phoneReachable: event.data.reachable };
    case 'parked.changed':
      return { ...topic, parked: event.data.parked };
    case 'preview.changed':
      return { ...topic, preview: event.data.preview };
    case 'help.changed':
      return { ...topic, help: event.data.help };
    case 'notice.shown':
      return { ...topic, notices: [...topic.notices, event.data] };
    case 'notice.read':
      return { ...topic, notices: topic.notices.filter(({ id }) => id !== event.data.notice) };
  }
}

/** A free agent has nothing on hand. */
function stateChanged(topic: AgentTopic): AgentTopic {
  const { state } = topic.state;
  const free = state === 'ready' || state === 'not_ready' || state === 'signed_out';
  return free ? { ...topic, pop: null, call: null, wrapUp: null, talkFrom: null } : topic;
}

function withdrawn(topic: AgentTopic, reservation: number, interaction: string, why: RingEnd): AgentTopic {
  const shown = topic.pop?.reservation === reservation;
  const caller = shown ? (topic.pop?.customer?.name ?? topic.pop?.caller_shown ?? '') : '';
  const today = why === 'no_answer' ? { ...topic.today, missed: topic.today.missed + 1 } : topic.today;
  const by = shown ? (topic.pop?.handed?.name ?? null) : null;
  const missed = { interaction, why, caller, by };
  return shown ? { ...topic, pop: null, call: null, today, missed } : { ...topic, today, missed };
}

function callChanged(topic: AgentTopic, call: CallView): AgentTopic {
  if (call.state === 'ended') return callEnded(topic, call);
  // A colleague's call is not counted from here.
  const talkFrom = topic.talkFrom ?? (isConnected(call) && !call.part ? call.since : null);
  return { ...topic, call, talkFrom };
}

/** Who was only asked has handled nothing, and who reached nobody neither. */
function callEnded(topic: AgentTopic, call: CallView): AgentTopic {
  const { talkFrom, pop } = topic;
  const part = topic.call?.part;
  const vain = !part && talkFrom === null && call.direction === 'outbound' && call.cause;
  const tried = vain ? { interaction: call.interaction, number: pop?.caller ?? '', shown: call.caller_shown, cause: vain } : topic.tried;
  if (part || vain) return { ...topic, call, talkFrom: null, tried };
  const talked = talkFrom === null ? 0 : Math.max(0, call.since - talkFrom) / 1000;
  const today = { ...topic.today, handled: topic.today.handled + 1, talk_ms: topic.today.talk_ms + talked };
  return { ...topic, call, today, talkFrom: null, tried };
}

const isConnected = (call: CallView): boolean =>
  call.state === 'talking' || call.state === 'held' || call.state === 'parked';

/** Whom the agent has asked for in vain; `who` is empty where a customer who was sent on comes back. */
export function unreached(before: AgentTopic, now: AgentTopic): { who: string; cause: Cause } | null {
  const [was, is] = [before.call, now.call];
  if (!is?.cause || is.state === 'ended' || is.part || was?.cause === is.cause) return null;
  const gone = was?.others?.find(({ state, name }) => state === 'ringing' && !is.others?.some((other) => other.name === name));
  return { who: gone?.name ?? '', cause: is.cause };
}

/** What the call bar shows. */
export type Phase = 'idle' | 'ringing' | 'dialing' | 'connecting' | 'talking' | 'held' | 'parked' | 'wrap_up';

export function phaseOf(topic: AgentTopic): Phase {
  const call = topic.call;
  if (call && isConnected(call)) return call.state as Phase;
  switch (topic.state.state) {
    case 'reserved':
      return call?.state === 'connecting' ? 'connecting' : 'ringing';
    case 'busy':
      return call?.state === 'ended' ? 'wrap_up' : busyPhase(topic);
    case 'wrap_up':
      return 'wrap_up';
    default:
      return 'idle';
  }
}

/** A colleague's call rings as any other; the own phone of who calls, or supervises, answers by itself. */
function busyPhase({ call, pop }: AgentTopic): Phase {
  if (call?.state === 'ringing' && pop?.handed) return 'ringing';
  return call?.direction === 'outbound' && !call.part ? 'dialing' : 'connecting';
}

/** What a supervisor has just made of this agent, or will after the contact on hand; `null`: nothing new. */
export function forced(before: AgentTopic, now: AgentTopic): { by: string; state: AgentState | NextState; later: boolean } | null {
  // A wish that comes true was told when it was made.
  if (now.by === null || (now.by === before.by && before.next !== null)) return null;
  return { by: now.by, state: now.next ?? now.state, later: now.next !== null };
}

/** The shift is over with this. */
export const ended = (before: AgentTopic, now: AgentTopic): boolean =>
  before.known && before.state.state !== 'signed_out' && now.state.state === 'signed_out';
