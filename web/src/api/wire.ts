/** The words of the server, as `docs/api.md` writes them. Times are microseconds since 1970 UTC. */

export type Micros = number;
export type Language = 'en' | 'zh';
export type Role = 'agent' | 'supervisor' | 'admin';

export interface Me {
  user: string;
  name: string;
  role: Role;
  language: Language;
  agent: { id: number; key: string; name: string } | null;
  phone: PhoneAccount | null;
  csrf: string | null;
}

export interface PhoneAccount {
  uri: string;
  user: string;
  password: string;
  realm: string;
  ws_path: string;
  /** STUN and TURN, as the server is told; none: only what this machine itself can reach. */
  ice_servers: RTCIceServer[];
}

export interface Named {
  key: string;
  en: string;
  zh: string;
}

export interface Center {
  name: string;
  region: string;
  language: Language;
  zone: string;
  queues: QueueEntry[];
  agents: { id: number; key: string; name: string; group: string | null }[];
  groups: Named[];
  reasons: Reason[];
  dispositions: Disposition[];
  version: string;
}

/** Why somebody is not ready; a longer pause than `limit_s` counts as too long. */
export interface Reason extends Named {
  limit_s?: number | null;
}

export interface QueueEntry extends Named {
  id: number;
  name: string;
  wrap_up_s: number;
  /** Wrap-up ends only with a disposition (or by its time). */
  disposition_required: boolean;
}

export interface Disposition extends Named {
  queues: string[];
  note_required: boolean;
}

export type AgentState =
  | { state: 'signed_out' }
  | { state: 'not_ready'; reason: string }
  | { state: 'ready' }
  | { state: 'reserved'; reservation: number; contact: number; until: Micros }
  | { state: 'busy'; contact: number }
  | { state: 'wrap_up'; contact: number; until: Micros | null };

export type StateName = AgentState['state'];

export type NextState = { state: 'ready' } | { state: 'not_ready'; reason: string } | { state: 'signed_out' };

export interface ContactPoint {
  kind: string;
  value: string;
  label: string;
  /** Dialled when the number has answered. */
  extension?: string;
  /** A phone number as people read it. */
  shown?: string;
}

/** What a caller typed in the flow. */
export interface Entered {
  label: string;
  /** `null`: it is kept secret. */
  digits: string | null;
}

export interface Order {
  number: string;
  placed: string;
  item: string;
  amount_minor: number;
  currency: string;
  status: string;
}

export interface TimelineEntry {
  interaction: string;
  at: Micros;
  channel: string;
  direction: string;
  outcome: Outcome | null;
  queue: string | null;
  agent: string | null;
  disposition: string | null;
  notes: string;
  talk_ms: number;
}

export interface CustomerCard {
  id: number;
  name: string;
  organisation: string | null;
  tier: string | null;
  language: string | null;
  tags: string[];
  notes: string;
  contact_points: ContactPoint[];
  orders: Order[];
  dates: [label: string, date: string][];
  timeline: TimelineEntry[];
}

/** As read by itself: `version` is what an edit names. */
export interface VersionedCustomer extends CustomerCard {
  version: number;
}

/** A customer to be made; national numbers as dialled in the center's region. */
export interface NewCustomer {
  name: string;
  organisation?: string;
  language?: string;
  tier?: string;
  tags?: string[];
  notes?: string;
  contact_points?: ContactPoint[];
}

/** A field that the server does not take, and why as a word. */
export interface FieldRefused {
  field: string;
  code: string;
  detail: string;
}

/** Something owed to a customer. */
export interface Task {
  id: number;
  kind: string;
  interaction: string;
  customer: number | null;
  customer_name: string | null;
  number: string | null;
  number_shown: string | null;
  due: Micros;
  note: string;
  /** How the contact ended that it comes from. */
  outcome: Outcome | null;
}

export interface Words {
  en: string;
  zh: string;
}

export type CallDirection = 'inbound' | 'outbound';

/** Who sent or asked for a call, and what for. */
export interface Handed {
  how: 'transferred' | 'consulted' | 'returned';
  by: number;
  name: string;
  note: string;
}

export interface ScreenPop {
  reservation: number;
  interaction: string;
  /** Whether the customer called or is called. */
  direction?: CallDirection;
  handed?: Handed;
  caller: string | null;
  caller_shown: string;
  called: string;
  called_shown: string;
  queue: string;
  queue_name: string;
  waited_ms: number;
  /** Why the contact stood ahead of its own coming. */
  place_kept?: { by: 'recall' | 'call_back'; since: Micros } | null;
  customer: CustomerCard | null;
  candidates: CustomerCard[];
  looking_up: boolean;
  menu_path: string[];
  entered: Entered[];
  why: Words;
}

export type CallState = 'ringing' | 'connecting' | 'talking' | 'held' | 'parked' | 'ended';
export type EndedBy = 'customer' | 'agent' | 'supervisor' | 'guest' | 'flow' | 'network' | 'system';

/** Why somebody was not reached. */
export type Cause = 'busy' | 'no_answer' | 'rejected' | 'no_such_number' | 'not_allowed' | 'trunk_fault' | 'unreachable';

export type OtherState = 'ringing' | 'consulted' | 'waiting' | 'joined' | 'listening' | 'whispering' | 'barging';

/** Somebody in a call beside the customer and the agent who has it. */
export interface OtherView {
  agent?: number;
  name: string;
  state: OtherState;
  since: Micros;
}

/** Where a call may go. */
export type Target =
  | { kind: 'agent'; agent: number }
  | { kind: 'queue'; queue: string; priority?: number }
  | { kind: 'number'; number: string };

/** How a supervisor takes part in a call. */
export type Watch = 'listen' | 'whisper' | 'barge';

export interface CallView {
  interaction: string;
  state: CallState;
  since: Micros;
  caller_shown: string;
  recording: boolean;
  ended_by: EndedBy | null;
  direction?: CallDirection;
  cause?: Cause;
  /** How this agent takes part in a colleague's call; left out: it is the agent's own. */
  part?: OtherState;
  others?: OtherView[];
}

export interface AgentDay {
  handled: number;
  missed: number;
  talk_ms: number;
}

export interface Snapshot {
  agent: number;
  state: AgentState;
  since: Micros;
  next: NextState | null;
  by?: string;
  phone_reachable: boolean;
  pop: ScreenPop | null;
  call: CallView | null;
  today: AgentDay;
}

export type WithdrawnWhy = 'no_answer' | 'caller_gone' | 'declined' | 'unreachable' | 'no_media';

/** The numbered events of an agent's seat. */
export type DeskEvent =
  | { type: 'snapshot'; data: Snapshot }
  | { type: 'agent.state_changed'; data: { state: AgentState; since: Micros; next: NextState | null; by?: string } }
  | { type: 'pop.shown'; data: ScreenPop }
  | { type: 'pop.updated'; data: ScreenPop }
  | { type: 'pop.withdrawn'; data: { reservation: number; interaction: string; why: WithdrawnWhy } }
  | { type: 'call.state_changed'; data: CallView }
  | { type: 'wrap_up.started'; data: { interaction: string; until: Micros | null } }
  | { type: 'phone.state_changed'; data: { reachable: boolean } };

export type Topic = 'agent' | 'board';

/** The messages beside the numbered history. */
export type LinkMessage =
  | { type: 'welcome'; data: { resumed: boolean; topics: Topic[]; heartbeat_s: number } }
  | { type: 'heartbeat'; data: Record<string, never> }
  | { type: 'board'; data: WholeBoard }
  | { type: 'board.changed'; data: BoardChange }
  | { type: 'reply'; id: string | null; data: Reply };

export type Envelope = { v: number; seq: number; epoch: string; at: string } & (DeskEvent | LinkMessage);

export type Reply = { result: 'done' } | { result: 'refused'; code: string; message: string };

export interface ServiceLevel {
  value: number | null;
  formula: string;
  threshold_s: number;
  short_abandon_s: number;
  target: number;
}

export interface QueueTile {
  id: number;
  key: string;
  name: string;
  waiting: number;
  /** Customers who are to be called back. */
  call_backs?: number;
  longest_since: Micros | null;
  offered: number;
  answered: number;
  abandoned: number;
  short_abandoned: number;
  asa_ms: number;
  service_level: ServiceLevel;
  ready: number;
  reserved: number;
  busy: number;
  wrap_up: number;
  not_ready: number;
}

export interface AgentRow {
  id: number;
  key: string;
  name: string;
  state: AgentState;
  since: Micros;
  next: NextState | null;
  /** The supervisor who asked for this state or the next. */
  by?: string;
  queue: string | null;
  phone_reachable: boolean;
}

export interface Board {
  at: Micros;
  calls_active: number;
  queues: QueueTile[];
  agents: AgentRow[];
}

/** The board as a page is told it; `change`: the last difference in it. */
export interface WholeBoard extends Board {
  change: number;
}

/** What differs: rows by `id`, with the fields that do; `by: null` takes the author away. */
export interface BoardChange {
  change: number;
  at: Micros;
  calls_active: number;
  queues?: ({ id: number } & Record<string, unknown>)[];
  agents?: ({ id: number } & Record<string, unknown>)[];
}

/** A queue as the router's state of that moment tells it: no sums of the day. */
export interface PastTile {
  id: number;
  key: string;
  name: string;
  waiting: number;
  ringing: number;
  longest_since: Micros | null;
  longest_ms: number;
  ready: number;
  reserved: number;
  busy: number;
  wrap_up: number;
  not_ready: number;
}

export interface PastBoard {
  at: Micros;
  /** Long before `at`: the server was not running, or nothing happened. */
  last_input: Micros;
  queues: PastTile[];
  agents: Pick<AgentRow, 'id' | 'key' | 'name' | 'state' | 'since' | 'next'>[];
}

export type Command =
  | { type: 'presence.ready' | 'presence.sign_out' }
  | { type: 'presence.not_ready'; reason: string }
  | { type: 'microphone.lost' | 'microphone.found' }
  | { type: 'call.hold' | 'call.resume' | 'call.hang_up' | 'call.decline' }
  | { type: 'call.take_over'; phone: string }
  | { type: 'call.dial'; number: string; queue?: string }
  | { type: 'call.transfer'; to: Target; note?: string }
  | { type: 'call.consult'; to: Target }
  | { type: 'call.swap' | 'call.merge' | 'call.complete' | 'call.drop_other' }
  | { type: 'wrap_up.save'; interaction: string; disposition: string | null; notes: string; done: boolean }
  | { type: 'wrap_up.extend' }
  | { type: 'pop.seen'; reservation: number }
  | { type: 'pop.choose'; interaction: string; customer: number }
  | { type: 'agent.set_ready' | 'agent.sign_out' | 'agent.hang_up'; agent: number }
  | { type: 'agent.set_not_ready'; agent: number; reason: string }
  | { type: 'agent.supervise'; agent: number; watch: Watch }
  | { type: 'agent.supervise_end' | 'agent.take_call'; agent: number };

export type Outcome =
  | 'handled'
  | 'abandoned'
  | 'self_service'
  | 'refused'
  | 'failed'
  | 'interrupted'
  | 'call_back'
  | 'not_reached';

export interface Interaction {
  id: string;
  channel: string;
  direction: 'inbound' | 'outbound';
  caller: string | null;
  caller_text: string;
  /** As people read it; empty: withheld. */
  caller_shown: string;
  called: string;
  called_shown: string;
  customer: number | null;
  customer_name: string | null;
  queue: number | null;
  queue_name: string | null;
  agent: number | null;
  agent_name: string | null;
  started: Micros;
  queued: Micros | null;
  answered: Micros | null;
  ended: Micros | null;
  wrap_up_ended: Micros | null;
  hold_ms: number;
  outcome: Outcome | null;
  ended_by: EndedBy | null;
  end_reason: string | null;
  recording: string | null;
  disposition: string | null;
  notes: string;
  menu_path: string[];
  entered: Entered[];
}

export interface InteractionEvent {
  seq: number;
  at: Micros;
  kind: string;
  detail: Record<string, unknown>;
}

export interface InteractionDetail extends Interaction {
  events: InteractionEvent[];
  why: Words | null;
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
}
