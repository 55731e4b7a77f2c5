/** Made from the description of the API by `make types`: what the server tells and takes. Not for editing. */

/** To whom a supervisor writes. */
export type Addressees = {
  agents: AgentId[];
  kind: 'agents';
} | {
  group: string;
  kind: 'group';
} | {
  kind: 'everybody';
};

/** An agent who could have been chosen. */
export interface AgentCandidate {
  agent: AgentId;
  /** What `key` was computed from, where that is more than one number. */
  facts?: AgentFacts;
  /** Fitness for the requirement: weighted mean level in hundredths (500 is level 5). */
  fit: number;
  idle_since: Micros;
  /** What the policy compares; the smallest wins. */
  key: number;
  /** Settles what `key` leaves open; the smallest wins. */
  tie: number;
}

export interface AgentDay {
  handled: number;
  missed: number;
  talk_ms: number;
}

export interface AgentEntry {
  group: string | null;
  id: AgentId;
  key: string;
  name: string;
}

/** What an agent's key was computed from. */
export type AgentFacts = 'key' | {
  /** Lowest occupancy: microseconds in conversation and wrap-up, and signed in. */
  times: {
    busy_us: number;
    signed_in_us: number;
  };
} | {
  /** Round robin: the agent's place in the rules, that of the one reserved before (if any), of how many. */
  turn: {
    before: number | null;
    of: number;
    place: number;
  };
};

/** An agent, as numbered by the store; never reused. */
export type AgentId = number;

export interface AgentRow {
  /** The supervisor, by user name, who asked for this state or the next. */
  by?: string;
  /** The agent asks for a supervisor. */
  help?: Help;
  id: AgentId;
  key: string;
  name: string;
  next: NextState | null;
  phone_reachable: boolean;
  /** Queue key of the contact on hand. */
  queue: string | null;
  since: Micros;
  state: AgentState;
  /** Messages of supervisors that the agent has not read yet. */
  unread: number;
}

/** Which of the idle, eligible agents gets a contact. Ties: longest idle, then the order of the rules. */
export type AgentSelection = 'longest_idle' | 'level_then_longest_idle' | 'most_skilled' | 'least_skilled' | 'fewest_contacts' | 'lowest_occupancy' | 'round_robin' | 'fixed_order' | 'most_recently_idle' | 'fastest_service' | 'random' | 'weighted_random';

export interface AgentSheet {
  counts: AgentTimes;
  figures: Figure[];
}

export type AgentState = {
  state: 'signed_out';
} | {
  reason: string;
  state: 'not_ready';
} | {
  state: 'ready';
} | {
  contact: ContactId;
  reservation: ReservationId;
  state: 'reserved';
  until: Micros;
} | {
  contact: ContactId;
  state: 'busy';
} | {
  contact: ContactId;
  state: 'wrap_up';
  until: Micros | null;
};

/** One agent's time in one interval; microseconds. */
export interface AgentTimes {
  answered?: number;
  busy_us?: number;
  /** Contacts of these rings, each once. */
  contacts_rung_in_vain?: number;
  not_ready_us?: number;
  ready_us?: number;
  reserved_us?: number;
  unanswered_rings?: number;
  wrap_up_us?: number;
}

/** An alert, going on or over. */
export interface Alert {
  /** `None`: it goes on. */
  ended?: Micros;
  /** How many events it has had. */
  events: number;
  figure: AlertFigure;
  id: AlertId;
  level: AlertLevel;
  /** Beyond what, at this level. */
  limit: number;
  /** Of the rule, as it was then. */
  name: Words;
  queue: QueueId;
  /** Key of the rule. */
  rule: string;
  seen?: Micros;
  /** The supervisor, by user name, who has seen it at this level. */
  seen_by?: string;
  since: Micros;
  sound: boolean;
  /** The worst of the figure while it lasted, up to the last event. */
  worst: number;
}

/** Why an alert is over. */
export type AlertEnd = 'within' | 'hours' | 'rule';

/** One event of an alert. */
export type AlertEntry = AlertEvent & {
  at: Micros;
  /** Counted from 1. */
  seq: number;
};

/** What happened to an alert. */
export type AlertEvent = {
  /** The figure was beyond `limit` for long enough. */
  detail: {
    level: AlertLevel;
    limit: number;
    value: number;
  };
  kind: 'alert.raised';
} | {
  /** It is worse or milder than before, or the limit is another one. */
  detail: {
    level: AlertLevel;
    limit: number;
    value: number;
  };
  kind: 'alert.changed';
} | {
  /** A supervisor (`by`) sees to it. */
  detail: {
    by: string;
  };
  kind: 'alert.acknowledged';
} | {
  /** It is over. */
  detail: {
    why: AlertEnd;
  };
  kind: 'alert.ended';
};

/** What is looked at. */
export type AlertFigure = 'waiting' | 'longest_wait' | 'service_level' | 'abandoned' | 'ready' | 'call_backs';

/** An alert with all that happened to it. */
export interface AlertHistory {
  alert: Alert;
  /** In order; its first thousand. */
  events: AlertEntry[];
  /** Who was written to, and what programs were told. */
  letters: AlertLetter[];
}

/** A figure that is beyond its limit, from then until it is within again. Unique across restarts. */
export type AlertId = number;

/** What became of a mail about an alert, or of what a program was told. */
export interface AlertLetter {
  at: Micros;
  done: Micros | null;
  state: MessageState;
  /** An address; of a webhook only its host, since the rest may be a secret. */
  to: string;
  tries: number;
  /** What the server said last, if not yes. */
  trouble: string | null;
  way: AlertWay;
}

export type AlertLevel = 'warn' | 'act';

/** How it gets there. */
export type AlertWay = 'mail' | 'webhook';

/** Something a waiting caller is told between the music. */
export type Announced = 'position' | 'wait' | 'call_back';

export type AnyBoard = Board | PastBoard;

/** Why the API itself refuses. Frozen once released. */
export type ApiProblemCode = 'bad_request' | 'not_signed_in' | 'bad_credentials' | 'bad_link' | 'not_allowed' | 'bad_csrf' | 'not_found' | 'no_journal' | 'too_much' | 'method_not_allowed' | 'too_slow' | 'too_large' | 'not_json' | 'not_toml' | 'not_calendar' | 'bad_range' | 'recording_deleted' | 'recording_locked' | 'recording_damaged' | 'too_many_requests' | 'too_many_attempts' | 'version_required' | 'version_changed' | 'mistakes' | 'rules_refused' | 'warnings_not_accepted' | 'conflict' | 'step_refused' | 'cannot_undo' | 'state_in_use' | 'unavailable' | 'internal';

export type Because = 'signed_out' | 'not_ready' | 'reserved' | 'busy' | 'wrap_up' | 'capacity' | 'queue' | 'skill' | 'level' | 'reserve' | 'preferred';

/** The whole board at one moment. */
export interface Board {
  agents: AgentRow[];
  /** Those that go on, the longest first. */
  alerts: Alert[];
  at: Micros;
  calls_active: number;
  queues: QueueTile[];
}

/** `data` of `board.changed`. A row is its `id` and the fields that differ; `null` where there is none now. */
export interface BoardChange {
  agents?: ({
    id: number;
  } & Record<string, unknown>)[];
  /** All that go on, where one began, changed or is over. */
  alerts?: Alert[];
  at: Micros;
  calls_active: number;
  change: number;
  queues?: ({
    id: number;
  } & Record<string, unknown>)[];
}

/** A report that comes with the program. */
export interface BuiltInReport {
  about: ReportWording;
  /** Numbers that it asks for, as further parameters. */
  asked: ReportNumber[];
  chart: ReportChart | null;
  columns: ReportColumn[];
  filters: ReportFilter[];
  key: string;
  name: ReportWording;
  sql: string;
}

/** A call-back with the names that belong to its ids. */
export type CallBack = OpenCallBack & {
  agent_name: string | null;
  customer_name: string | null;
  /** As people read it. */
  number_shown: string;
  queue_name: string | null;
};

/** How a queue calls back those who do not want to hold the line. */
export interface CallBackRule {
  /** The number they are shown; `None`: the one they called. */
  caller_id?: string | null;
  /** Pressed while waiting, it asks for a call-back: `0` to `9`. */
  digit?: string;
  /** Open ones at once; one more is not taken. */
  max_open?: number;
  /** Between two tries, seconds. */
  retry_s?: number;
  /** How long the customer's phone rings, seconds. */
  ring_s?: number;
  /** How often a customer is rung in vain until it becomes a task. */
  tries?: number;
  /** The trunk that customers are called through; `None`: the one their call came from. */
  trunk?: string | null;
}

export type CallBackState = 'waiting' | 'ringing' | 'dialling' | 'talking';

/** Who began a contact: the customer (inbound), or this house. */
export type CallDirection = 'inbound' | 'outbound';

export type CallState = 'ringing' | 'connecting' | 'talking' | 'held' | 'parked' | 'ended';

/** The call as the agent sees it. */
export interface CallView {
  caller_shown: string;
  /** Why the customer, or whom the agent asked for last, was not reached. */
  cause?: Cause;
  direction: CallDirection;
  ended_by: EndedBy | null;
  interaction: InteractionId;
  /** Who is in the call beside the customer and the agent. */
  others?: OtherView[];
  /** How this agent takes part in a call that is a colleague's; `None`: it is the agent's own. */
  part?: OtherState;
  recording: boolean;
  /** Nothing is kept until it goes on. */
  recording_paused?: boolean;
  since: Micros;
  state: CallState;
}

/** Who a contact is. */
export interface Caller {
  call_back: boolean;
  /** The number for people; empty when it is withheld. */
  caller_shown: string;
  contact: ContactId;
  /** The only customer who was found. */
  customer_name: string | null;
  /** Of a call-back: the call in which it was asked for. */
  interaction: InteractionId;
}

/** A campaign and how it stands. */
export interface Campaign {
  began: Micros | null;
  changed: Micros | null;
  changed_by: string | null;
  entries: CampaignEntries;
  key: string;
  live: CampaignFigures | null;
  mode: CampaignMode;
  name: Named;
  purpose: string;
  /** Key of the queue whose agents make the calls. */
  queue: string;
  state: CampaignState;
}

/** What an agent had of it. */
export interface CampaignAgent {
  agent: AgentId;
  conversations: number;
  goals: number;
  name: string;
}

/** With what they were simulated. */
export interface CampaignAssumed {
  agents: number;
  busy: number;
  cap_ppm: number;
  entries: number;
  failed: number;
  hours: number;
  /** Calls of the campaign by which the shares are known; 0: they are usual ones. */
  learned_from: number;
  machine: number;
  mode: CampaignMode;
  /** Shares of calls that a person answers, a machine, that are busy or fail. */
  person: number;
  talk_s: number;
  wrap_up_s: number;
}

/** A campaign, and what came of it so far. */
export interface CampaignBoard {
  agents: CampaignAgent[];
  /** Calls by how they ended; `open`: those that are not over. */
  calls: Record<string, number>;
  campaign: Campaign;
  /** Conversations with agents; of these, those that came to a goal of the campaign. */
  conversations: number;
  goals: number;
  lists: CampaignList[];
  said: CampaignSaid[];
}

/** The certificate of a day. */
export interface CampaignCertificate {
  cap_ppm: number;
  counting: Counting;
  day: string;
  /** Calls of this day: all; with an agent who was free for it; on the budget. */
  dials: number;
  /** What is wrong, if something is. */
  flaw: string | null;
  held: number;
  /**
   * Every line from the campaign's first one to this day's last says what the lines before it say, every call was
   * covered, and nothing was spent that was not earned.
   */
  holds: boolean;
  /** The last calls first. */
  items: CampaignDial[];
  /** Lines that were read, from the first one on. */
  lines: number;
  /** There are calls before the last of `items`. */
  more: boolean;
  over: number;
  /** The windows of the law in which the day lies. */
  windows: CampaignWindow[];
}

/** How a call came to its end, for the count. */
export type CampaignCounted = 'served' | 'met_machine' | 'machine' | 'abandoned' | 'lost' | 'unanswered' | 'played';

export type CampaignCover = 'agent' | 'budget' | 'message';

/** A call: why it was made, and what came of it. */
export interface CampaignDial {
  agent: AgentId | null;
  agent_name: string | null;
  at: Micros;
  /** What was left of the budget, and what all calls without an agent would cost, this one among them; millionths. */
  balance: number;
  bold: number;
  connected: AgentId | null;
  connected_name: string | null;
  counted: CampaignCounted | null;
  /** What carried it, should a person answer; and the agent who was free for it. */
  cover: CampaignCover;
  dial: number;
  ended: Micros | null;
  in_air: number;
  list: number;
  no_agent: number;
  /** Chances in thousandths: that a person answers; that no agent is there if so; up to which a call is made. */
  person: number;
  /** Agents who were free, and calls in the air, before it. */
  ready: number;
  reserved: number;
}

/** The entries of a campaign's lists. */
export interface CampaignEntries {
  all: number;
  /** Called at least once. */
  called: number;
  /** Not over. */
  open: number;
  /** How those ended that are over. */
  over: Record<string, number>;
}

/** A running campaign at this moment. */
export interface CampaignFigures {
  abandoned: number;
  /** Agents who are ready for it or held by it. */
  agents: number;
  /** What may still be abandoned, in millionths of a call. */
  budget: number;
  /** In the air now, and in conversation. */
  calling: number;
  /** Of these, answered by somebody who spoke with an agent. */
  connected: number;
  /** Conversations that began within the last hour. */
  contacts_hour: number;
  /** Calls since the start of the server. */
  dials: number;
  /** Of the agents' time of the last hour the share in which they waited for a call; `null`: nobody was there. */
  idle_percent: number | null;
  led: number;
  lost: number;
  /** Of this window of the law: machines that were met. */
  machines: number;
  not_now: NotNow | null;
  /** Of this window of the law: people who spoke with an agent, calls abandoned, and lost. */
  served: number;
  talking: number;
  /** Of those who answered: who waits for an agent at this moment, and who hears a message. */
  waiting: number;
}

/** A list, and how far it is. */
export interface CampaignList {
  all: number;
  called: number;
  list: number;
  loaded: Micros | null;
  /** Empty: entries of before there were lists. */
  name: string;
  open: number;
  /** How those ended that are over. */
  over: Record<string, number>;
  /** The saved search that it was taken from. */
  view: number | null;
}

/** What became of the rows. */
export interface CampaignLoad {
  /** Not to be called. */
  do_not_call: number;
  /** The first hundred of them. */
  refusals: CampaignRowRefused[];
  refused: number;
  rows: number;
  taken: number;
  /** In the campaign already, or twice in the load. */
  twice: number;
}

/** Who or what decides that a call is made now. */
export type CampaignMode = {
  mode: 'manual';
} | {
  limit_s: number;
  mode: 'preview';
} | {
  mode: 'progressive';
} | {
  mode: 'power';
  ratio_percent: number;
} | {
  mode: 'predictive';
} | {
  lines: number;
  mode: 'agentless';
};

export interface CampaignOutcome {
  /** Of the people who answered, 0 to 1: mean, and of the worst day. */
  abandonment_rate: number;
  contacts_per_agent_hour: number;
  dials: number;
  idle_share: number;
  /** Share of the list that was called. */
  penetration: number;
  /** Shares of the agents' time. */
  talk_share: number;
  worst_rate: number;
}

/** What the agent sees of the campaign that a call is for. */
export interface CampaignPop {
  /** What else the list says, by column. */
  fields: Record<string, string>;
  key: string;
  name: Words;
  /** The called, as the list says. */
  person: string;
  /** What the agent reads to the called. */
  script: Words;
}

/** Somebody to be called. */
export interface CampaignRow {
  /** What else the agent is to see. */
  fields?: Record<string, string>;
  /** Type of the number, as the campaign counts them. */
  kind?: number;
  name?: string;
  /** As people write it. */
  number: string;
  /** IANA zone; empty: the campaign's. */
  zone?: string;
}

/** A row that was not taken. */
export interface CampaignRowRefused {
  /** Of a file the line, else the place from 1. */
  line: number;
  why: CampaignRowWhy;
}

/** Why a row was not taken. */
export type CampaignRowWhy = 'bad_number' | 'no_customer' | 'bad_zone' | 'too_long';

/** People to be called. */
export interface CampaignRows {
  /** At most 20,000. */
  rows: CampaignRow[];
}

/** What conversations came to. */
export interface CampaignSaid {
  conversations: number;
  disposition: Named | null;
  goal: boolean;
}

/** A saved search whose customers are to be called. */
export interface CampaignSearch {
  /** Of the records, by key. */
  kind: string;
  /** Name of the list; left out: the search's. */
  list?: string | null;
  /** Of that kind: one's own, or one for everybody. */
  view: number;
}

/** What simulated days came to. */
export interface CampaignSimulation {
  assumed: CampaignAssumed;
  days: number;
  /** Of each policy the mean of the days. */
  ours: CampaignOutcome;
  progressive: CampaignOutcome;
}

/** How far a campaign is. */
export type CampaignState = 'draft' | 'running' | 'paused' | 'finished';

/** What a campaign shall become. */
export interface CampaignStep {
  state: CampaignState;
}

/** What is to be tried; everything may be left out. */
export interface CampaignTrial {
  /** 1-100; left out: as many as the queue of the campaign has. */
  agents?: number | null;
  mode?: CampaignMode | null;
}

/** What a window of the law stands at when the day is over. */
export interface CampaignWindow {
  abandoned: number;
  balance: number;
  /** Millionths of a call. */
  earned: number;
  lost: number;
  machines: number;
  /** As the law counts it, 0 to 1. */
  rate: number;
  served: number;
  spent: number;
  until: Micros;
}

/** What became of an attempt that reached nobody. */
export type Cause = 'busy' | 'no_answer' | 'rejected' | 'no_such_number' | 'not_allowed' | 'trunk_fault' | 'unreachable';

/** The center as its people know it. */
export interface Center {
  agents: AgentEntry[];
  dispositions: Disposition[];
  groups: Named[];
  language: Language;
  name: string;
  /** Everybody who signs in, by name. */
  people: PersonEntry[];
  queues: QueueEntry[];
  reasons: Reason[];
  /** ISO 3166. */
  region: string;
  /** Of the server. */
  version: string;
  /** IANA. */
  zone: string;
}

/** What a center without an administrator says of itself. */
export interface CenterBegun {
  company: string;
  /** The first is the center's own. */
  languages: string[];
  /** ISO 3166. */
  region: string;
  /** IANA. */
  timezone: string;
}

export type CenterChange = CenterChangeKind & {
  key: string;
  kind: string;
};

export type CenterChangeKind = {
  change: 'created';
  fields: FieldChange[];
} | {
  change: 'changed';
  fields: FieldChange[];
} | {
  change: 'removed';
};

export interface CenterVersion {
  at: Micros;
  /** User who applied it. */
  author: string;
  version: number;
}

/** The medium of a contact, for the whole house. Who began it stands apart: see [`CallDirection`]. */
export type Channel = 'voice' | 'chat' | 'email';

/** Keys that a queue's rules may name. */
export interface Choices {
  groups: Named[];
  hours: Named[];
  queues: Named[];
  skills: Named[];
}

/** What is agreed with a peer. */
export type Codec = 'Pcmu' | 'Pcma' | 'G722' | 'Opus' | 'G729';

export interface Colleague {
  /** Can be rung for somebody's call now. */
  free: boolean;
  id: AgentId;
  key: string;
  name: string;
  /** Why not ready. */
  reason: string | null;
  /** In this state since then. */
  since: Micros;
  state: ColleagueState;
}

/** A flow that a number of the center leads to. */
export interface ColleagueFlow {
  flow: string;
  /** Of the first such number. */
  name: string;
}

/** A queue and who waits there. */
export interface ColleagueQueue {
  /** Mean wait until the answer, today. */
  asa_ms: number;
  id: QueueId;
  key: string;
  longest_since: Micros | null;
  name: string;
  /** Agents. */
  ready: number;
  waiting: number;
}

export type ColleagueState = 'signed_out' | 'not_ready' | 'ready' | 'reserved' | 'busy' | 'wrap_up';

/** Where a call can go. */
export interface Colleagues {
  agents: Colleague[];
  at: Micros;
  flows: ColleagueFlow[];
  queues: ColleagueQueue[];
}

export type Command = DeskCommand | SuperviseCommand;

/** Any text; the reply carries it back. */
export interface CommandHead {
  id: string;
}

/** The answer to a command. */
export type CommandOutcome = {
  result: 'done';
} | {
  interaction: InteractionId;
  result: 'placed';
} | {
  code: Refusal;
  message: string;
  result: 'refused';
} | {
  left_out: LeftOut[];
  result: 'partly';
};

export type Condition = 'no_agents' | {
  /** The wait estimate of the queue is above so many seconds. */
  estimate_above: number;
} | {
  /** The service level of the last hundred contacts is below so many per cent. */
  service_level_below: number;
} | {
  /** More than so many contacts wait. */
  waiting_above: number;
};

/** A waiting contact that could have been chosen. */
export interface ContactCandidate {
  arrived: Micros;
  contact: ContactId;
  /** What `key` was computed from, beside what stands above. */
  facts?: ContactFacts;
  fit: number;
  /** What the policy compares, one after the other; the smallest wins. */
  key: [number, number];
  priority: number;
  queue: QueueId;
  /** Settles what `key` leaves open; the smallest wins. */
  tie: number;
}

/** What happened in a contact, with its detail. */
export type ContactEvent = {
  /** A call began: it came in, or an agent calls (`direction`, `linked`: the contact it goes on from). */
  detail: {
    agent?: AgentId;
    called: string;
    direction?: CallDirection;
    linked?: InteractionId;
    sip_call_id?: string;
  };
  kind: 'call.started';
} | {
  /** The flow answered the caller, or whom the house calls has answered. */
  detail: Record<string, unknown>;
  kind: 'call.answered';
} | {
  /** The customers with the caller's number are known. */
  detail: {
    customer: CustomerId | null;
    matches: number;
  };
  kind: 'customer.looked_up';
} | {
  /** An agent linked the contact with a customer. */
  detail: {
    agent: AgentId;
    customer: CustomerId;
  };
  kind: 'customer.chosen';
} | {
  /** The caller took a way in a menu. */
  detail: {
    digit: string;
    label: string;
    step: string;
  };
  kind: 'menu.chosen';
} | {
  /** The caller typed digits; `digits` is `null` where they are secret. */
  detail: {
    digits: string | null;
    label: string;
  };
  kind: 'digits.entered';
} | {
  /** The contact waits in a queue (by key). */
  detail: {
    agent_first: string | null;
    bonus_s: number;
    priority: number | null;
    queue: string;
  };
  kind: 'queue.entered';
} | {
  /** The caller gave up before, rang again in time, and keeps the place. */
  detail: {
    since: Micros;
    waited_ms: number;
  };
  kind: 'queue.place_kept';
} | {
  /** The contact waits in another queue: overflow, or a supervisor (`by`) wanted it. */
  detail: {
    by?: string;
    queue: QueueId;
  };
  kind: 'queue.moved';
} | {
  /** A supervisor (`by`) gave the contact another priority in its line; 1 is the most urgent. */
  detail: {
    by: string;
    priority: number;
  };
  kind: 'queue.raised';
} | {
  /** A supervisor (`by`) gave the waiting contact to this agent. */
  detail: {
    agent: AgentId;
    by: string;
  };
  kind: 'queue.given';
} | {
  /** Out of the queue without an agent: the reason as the flow reads it. */
  detail: {
    queue: QueueId | null;
    why: QueueLeft;
  };
  kind: 'queue.left';
} | {
  /** The agent's phone was lost: the caller waits again, ahead of the others. */
  detail: {
    agent_lost: AgentId;
    queue: QueueId;
  };
  kind: 'queue.reentered';
} | {
  /** The router chose an agent: why, as the router counts it and in words. */
  detail: {
    agent: AgentId;
    queue: QueueId;
    until: Micros;
    why: Why;
    words: Words;
  };
  kind: 'agent.reserved';
} | {
  /** The agent's phone rings. */
  detail: {
    agent: AgentId;
  };
  kind: 'agent.rang';
} | {
  /** The ring is over without this agent: `no_answer`, `declined`, `no_media`, `caller_gone`, `unreachable`. */
  detail: {
    agent: AgentId;
    because: RingEnd;
  };
  kind: 'agent.withdrawn';
} | {
  /** The agent picked up, and nothing was heard of the browser. */
  detail: {
    agent: AgentId;
    reason: string;
  };
  kind: 'agent.no_media';
} | {
  /** Agent and customer hear each other. */
  detail: {
    agent: AgentId;
    waited_ms?: number;
  };
  kind: 'call.connected';
} | {
  /** The customer hears music. */
  detail: {
    agent: AgentId;
  };
  kind: 'call.held';
} | {
  /** The end of a hold. */
  detail: {
    agent: AgentId;
    held_ms: number;
  };
  kind: 'call.resumed';
} | {
  /** The agent's phone was lost; the caller is kept. */
  detail: {
    agent: AgentId;
    reason: string;
  };
  kind: 'call.parked';
} | {
  /** The server had ended in the middle of the call; the customer is heard again after so long. */
  detail: {
    away_ms: number;
  };
  kind: 'call.taken_up';
} | {
  /** The agent's phone came back. */
  detail: {
    agent: AgentId;
  };
  kind: 'call.rejoined';
} | {
  /** The audio went to another phone of the agent. */
  detail: {
    agent: AgentId;
  };
  kind: 'call.taken_over';
} | {
  /** The other phone did not answer: the audio stays where it was. */
  detail: {
    agent: AgentId;
    reason: string;
  };
  kind: 'call.not_taken_over';
} | {
  /** The agent's own phone is up, and the customer is called; `trunk` is `null` where there is no way out. */
  detail: {
    agent: AgentId;
    number: Number | null;
    trunk: string | null;
  };
  kind: 'call.dialled';
} | {
  /** Somebody is called with nobody on the line yet, as `by` asked: the queue (by key), or the flow, has who answers. */
  detail: {
    by: string;
    flow: string | null;
    number: Number | null;
    queue: string | null;
    trunk: string | null;
  };
  kind: 'call.placed';
} | {
  /** Whom a campaign reached waited for `waited_ms`, and no agent came in time: they hear the message that says so. */
  detail: {
    campaign: string;
    waited_ms: number;
  };
  kind: 'campaign.abandoned';
} | {
  /** Whoever is on the line does not want to be called by campaigns any more (`number`: the one that is not called). */
  detail: {
    number: Number;
  };
  kind: 'campaign.opted_out';
} | {
  /** Whom the agent, or the house, called was not reached; `status` and `text`: as the network said it. */
  detail: {
    status: number;
    text: string;
    trunk: string | null;
    why: Cause;
  };
  kind: 'call.not_reached';
} | {
  /** The agent asks somebody else (`to`: an agent) while the customer waits. */
  detail: {
    agent: AgentId;
    to: AgentId | null;
  };
  kind: 'call.consulted';
} | {
  /** Whom the agent asked has answered. */
  detail: {
    agent: AgentId | null;
  };
  kind: 'call.consult_answered';
} | {
  /** Whom the agent asked was not reached. */
  detail: {
    to: AgentId | null;
    why: Cause;
  };
  kind: 'call.consult_failed';
} | {
  /** All hear each other. */
  detail: {
    agent: AgentId | null;
  };
  kind: 'call.merged';
} | {
  /** The agent let go of whom was asked. */
  detail: {
    agent: AgentId | null;
  };
  kind: 'call.other_dropped';
} | {
  /** One who talks with all is heard by nobody, or again by all. */
  detail: {
    agent: AgentId | null;
    muted: boolean;
  };
  kind: 'call.other_muted';
} | {
  /** One of the others hung up. */
  detail: {
    agent: AgentId | null;
  };
  kind: 'call.other_left';
} | {
  /** The agent sends the customer on; nobody has taken it yet. */
  detail: {
    from: AgentId;
    note: string;
    to: AgentId | null;
  };
  kind: 'call.sent_on';
} | {
  /** The customer is with somebody else, in the line of a queue, or led by a flow; `how` it was handed over. */
  detail: {
    flow?: string;
    from: AgentId;
    how: HandoverHow;
    note?: string;
    queue?: QueueId;
    to?: AgentId;
  };
  kind: 'call.transferred';
} | {
  /** Nobody took whom the agent sent on. */
  detail: {
    from: AgentId;
    to: AgentId | null;
    why: Cause;
  };
  kind: 'call.transfer_failed';
} | {
  /** The customer came back to the agent who sent it on. */
  detail: {
    agent: AgentId;
  };
  kind: 'call.returned';
} | {
  /** The agent parked the call in this slot: the customer hears music until somebody picks it up. */
  detail: {
    agent: AgentId;
    slot: number;
  };
  kind: 'slot.entered';
} | {
  /** Out of the slot: an agent (`by`) picked it up, or (`null`) its time is over. */
  detail: {
    by: AgentId | null;
    slot: number;
  };
  kind: 'slot.left';
} | {
  /** An agent took what rang at a colleague. */
  detail: {
    agent: AgentId;
  };
  kind: 'call.picked_up';
} | {
  /** A supervisor (`user`) takes part in the call. */
  detail: {
    user: string;
    watch: Watch;
  };
  kind: 'call.supervised';
} | {
  /** The supervisor left it. */
  detail: {
    user: string;
  };
  kind: 'call.supervise_ended';
} | {
  /** The agent asked for a supervisor, in these words. */
  detail: {
    agent: AgentId;
    words: string;
  };
  kind: 'help.asked';
} | {
  /** A supervisor (`by`) saw to it, or (`null`) the agent needs no help any more. */
  detail: {
    agent: AgentId;
    by: string | null;
  };
  kind: 'help.ended';
} | {
  /** A supervisor (`by`) ended the call of the agent, or (`agent` is `null`) of somebody who waited. */
  detail: {
    agent: AgentId | null;
    by: string;
  };
  kind: 'call.hung_up';
} | {
  /** The call is over; `reason`: the cause in words of the network. */
  detail: {
    by: EndedBy;
    outcome: Outcome | null;
    reason: string | null;
  };
  kind: 'call.ended';
} | {
  /** The server stopped with the call up; written at the next start. `callback`: a task is owed for it. */
  detail: {
    callback: boolean;
    found: Micros;
  };
  kind: 'call.interrupted';
} | {
  /** A trunk could not carry the call out; `next`: the one tried after it. */
  detail: {
    next: string | null;
    status: number;
    text: string;
    trunk: string;
  };
  kind: 'trunk.failed';
} | {
  /** A trunk sent the call elsewhere, and it was allowed to: it goes on to `number`. */
  detail: {
    number: Number;
    status: number;
    trunk: string;
  };
  kind: 'trunk.redirected';
} | {
  /** The caller wants to be called back, or a supervisor (`by`) wants it so. */
  detail: {
    by?: string;
  };
  kind: 'call_back.asked';
} | {
  /** Nobody is called back at that number: `short`, `dear`, `own`, `no_way`, `not_a_number`. */
  detail: {
    why: Uncallable;
  };
  kind: 'call_back.number_refused';
} | {
  /** The caller is called back, and keeps the place of `since`; `call_back` is the contact that stands for it. */
  detail: {
    call_back: InteractionId;
    number: Number;
    queue: QueueId;
    since: Micros;
  };
  kind: 'call_back.booked';
} | {
  /** The customer is called; `trunk` is `null` where there is no way out. */
  detail: {
    agent: AgentId;
    number: Number | null;
    trunk: string | null;
  };
  kind: 'call_back.dialled';
} | {
  /** The customer was not reached; `status` and `text`: as the network said it. */
  detail: {
    status: number;
    text: string;
    trunk: string | null;
    why: Cause;
  };
  kind: 'call_back.not_reached';
} | {
  /** The customer rang before being called back: this call has the place of the call-back. */
  detail: {
    since: Micros;
    waited_ms: number;
  };
  kind: 'call_back.taken_over';
} | {
  /** A supervisor (`by`) cancelled the call-back. */
  detail: {
    by: string;
  };
  kind: 'call_back.cancelled';
} | {
  /** Disposition and notes were saved. */
  detail: {
    agent: AgentId;
    disposition: string | null;
  };
  kind: 'wrap_up.saved';
} | {
  /** The agent is done with the contact. */
  detail: {
    agent: AgentId;
  };
  kind: 'wrap_up.ended';
} | {
  /** What came of a leg (`caller`, `agent`): counters, and opinion scores of 1 to 4.5 of what it said and what it heard. */
  detail: {
    media: LegStats;
    mos: number | null;
    mos_heard: number | null;
    party: string;
  };
  kind: 'leg.measured';
} | {
  /** The caller left a message for the people of this queue, or for this agent (by key); a task asks for the answer. */
  detail: {
    agent?: string;
    duration_ms: number;
    queue?: string;
  };
  kind: 'message.left';
} | {
  /** The agent wanted the call on record, which was not. */
  detail: {
    agent: AgentId;
  };
  kind: 'recording.started';
} | {
  /** The caller was asked whether the call may be recorded (the flow set `var.recording`). */
  detail: {
    given: boolean;
  };
  kind: 'recording.consent';
} | {
  /** From here on the recording has silence: the agent wants it, or (`agent` is `null`) the caller keys in a secret. */
  detail: {
    agent: AgentId | null;
  };
  kind: 'recording.paused';
} | {
  /** The recording goes on. */
  detail: {
    agent: AgentId | null;
  };
  kind: 'recording.resumed';
} | {
  /** The recording is a file; `complete`: nothing of it was lost. */
  detail: {
    complete: boolean;
    duration_ms: number;
  };
  kind: 'recording.ended';
};

/** What a contact's key was computed from. */
export type ContactFacts = 'above' | {
  /** Score: the head start after the cap, and seconds of score per second of waiting in millionths. */
  score: {
    ageing_ppm: number;
    head_start_us: number;
  };
} | {
  /**
   * Fixed ratio and longest queue: contacts of the queue and of all queues that wait, and the wanted
   * part in millionths.
   */
  line: {
    of: number;
    share_ppm: number;
    waiting: number;
  };
};

/** A contact waiting for, or being served by, an agent; the router's word for what it routes. */
export type ContactId = number;

/**
 * A contact that rings at the agent, is talked with, or waits for its form; its interaction is what commands
 * name it by.
 */
export interface ContactOnHand {
  call: CallView | null;
  interaction: InteractionId;
  pop: ScreenPop;
}

/**
 * A number or address of a customer. Build it with [`ContactPoint::new`], so that one number has
 * one spelling.
 */
export interface ContactPoint {
  /** `phone`: what is dialled when the number has answered. */
  extension?: string;
  /** `phone`, `email`. */
  kind: string;
  label: string;
  /** `phone`: as people read it, where somebody reads it; never stored. */
  shown?: string;
  /** `phone`: E.164; `email`: lower case. */
  value: string;
}

/** Which of the waiting contacts an agent gets. Ties: longest waiting, then first come. */
export type ContactSelection = 'longest_waiting' | 'priority' | 'level' | 'priority_then_level' | 'score' | 'fixed_ratio' | 'longest_queue';

/** A rule of counting, named by who made it. */
export type Counting = 'ofcom' | 'ftc';

export interface Credentials {
  password: string;
  user: string;
}

/** What the pop shows of one customer. */
export interface CustomerCard {
  contact_points: ContactPoint[];
  /** Important dates: `("birthday", "05-17")`, `("wedding anniversary", "2014-10-02")`. */
  dates: ([string, string])[];
  id: CustomerId;
  /** BCP 47, such as `zh` or `en`. */
  language: string | null;
  name: string;
  notes: string;
  orders: Order[];
  organisation: string | null;
  tags: string[];
  /** `platinum`, `gold`, `silver`, `standard`: free text of the center. */
  tier: string | null;
  /** The newest first, at most ten. */
  timeline: TimelineEntry[];
}

/** A person or organisation in the CRM store. */
export type CustomerId = number;

/** A letter as it is to be printed. */
export interface CustomerLetter {
  /** 1 to 20,000 characters. */
  body: string;
  language?: PaperLanguage | null;
  /** Up to 200 characters, on one line. */
  subject?: string;
}

export interface CustomerLink {
  customer: CustomerId;
}

/** A message to a customer. */
export interface CustomerMessage {
  at: Micros;
  body: string;
  /** Who wrote it: a user, a program. */
  by: string;
  channel: MessageChannel;
  customer: CustomerId;
  done: Micros | null;
  id: number;
  interaction: InteractionId | null;
  next: Micros | null;
  state: MessageState;
  subject: string;
  /** One of the addresses of the customer. */
  to: string;
  /** How often it was tried. */
  tries: number;
  /** What the server said last, if not yes. */
  trouble: string | null;
}

/** The newest first. */
export interface CustomerMessages {
  /** How somebody can be written to here: what the server is set up for. */
  channels: MessageChannel[];
  items: CustomerMessage[];
  /** `before` of the next page, if there is one. */
  next: number | null;
}

/** Records of one kind. */
export interface CustomerRecords {
  capped: boolean;
  kind: string;
  /** With the fields that the pop shows, the newest first. */
  records: RecordSheet[];
  total: number;
}

/** Asked by a desktop (or the API in an agent's name). Every one is answered by `CommandOutcome`. */
export type DeskCommand = {
  type: 'presence.ready';
} | {
  reason: string;
  type: 'presence.not_ready';
} | {
  type: 'presence.sign_out';
} | {
  interaction?: InteractionId | null;
  type: 'call.hold';
} | {
  interaction?: InteractionId | null;
  type: 'call.resume';
} | {
  /** `0`-`9`, `*`, `#`, `A`-`D`; at most 32. */
  digits: string;
  interaction?: InteractionId | null;
  type: 'call.digits';
} | {
  interaction?: InteractionId | null;
  type: 'call.hang_up';
} | {
  interaction?: InteractionId | null;
  phone: string;
  type: 'call.take_over';
} | {
  interaction?: InteractionId | null;
  type: 'call.decline';
} | {
  /** As people write it. */
  number: string;
  /** Key of the queue for which it is: its caller id, recording and wrap-up hold. `None`: for nobody. */
  queue?: string | null;
  type: 'call.dial';
} | {
  interaction?: InteractionId | null;
  /** For whoever gets the call. */
  note?: string;
  to: Target;
  type: 'call.transfer';
} | {
  interaction?: InteractionId | null;
  /** Key of the lot; `None`: any. */
  lot?: string | null;
  /** `None`: the first that is free. */
  slot?: number | null;
  type: 'call.park';
} | {
  slot?: number | null;
  type: 'call.pick_up';
} | {
  interaction?: InteractionId | null;
  to: Target;
  type: 'call.consult';
} | {
  interaction?: InteractionId | null;
  type: 'call.swap';
} | {
  interaction?: InteractionId | null;
  type: 'call.merge';
} | {
  interaction?: InteractionId | null;
  type: 'call.complete';
} | {
  interaction?: InteractionId | null;
  other?: ReservationId | null;
  type: 'call.drop_other';
} | {
  interaction?: InteractionId | null;
  muted: boolean;
  /** Which, by `OtherView.id`. */
  other: ReservationId;
  type: 'call.mute_other';
} | {
  interaction?: InteractionId | null;
  type: 'recording.start';
} | {
  interaction?: InteractionId | null;
  type: 'recording.pause';
} | {
  interaction?: InteractionId | null;
  type: 'recording.resume';
} | {
  disposition?: string | null;
  done: boolean;
  interaction: InteractionId;
  notes: string;
  type: 'wrap_up.save';
} | {
  type: 'wrap_up.extend';
} | {
  type: 'wrap_up.request';
} | {
  reservation: ReservationId;
  type: 'pop.seen';
} | {
  customer: CustomerId;
  interaction: InteractionId;
  type: 'pop.choose';
} | {
  type: 'microphone.lost';
} | {
  type: 'microphone.found';
} | {
  type: 'help.ask';
  /** At most 200 characters; may be empty. */
  words?: string;
} | {
  type: 'help.withdraw';
} | {
  notice: NoticeId;
  type: 'notice.read';
} | {
  type: 'preview.dial';
} | {
  type: 'preview.skip';
};

/** Told to one agent's desktop, numbered per agent by the hub. Times are microseconds UTC. */
export type DeskEvent = {
  /** Everything a desktop needs to draw itself from nothing. */
  data: Snapshot;
  type: 'snapshot';
} | {
  /** The agent became something else, or will after the contact on hand. */
  data: {
    by?: string;
    next: NextState | null;
    since: Micros;
    state: AgentState;
  };
  type: 'agent.state_changed';
} | {
  /** The caller's record, sent before the phone rings; `pop.seen` answers it. */
  data: ScreenPop;
  type: 'pop.shown';
} | {
  /** The record came later than the ring, or the agent chose among candidates. */
  data: ScreenPop;
  type: 'pop.updated';
} | {
  /** The ring is over without this agent. */
  data: {
    interaction: InteractionId;
    reservation: ReservationId;
    why: RingEnd;
  };
  type: 'pop.withdrawn';
} | {
  /** The call of the agent went on. */
  data: CallView;
  type: 'call.state_changed';
} | {
  /** Wrap-up began: the form of this interaction is due. The end of it is an `agent.state_changed`. */
  data: {
    interaction: InteractionId;
    until: Micros | null;
  };
  type: 'wrap_up.started';
} | {
  /** The phone (browser or desk phone) of this agent registered or was lost. */
  data: {
    reachable: boolean;
  };
  type: 'phone.state_changed';
} | {
  /** A call was parked, or is in its slot no more. */
  data: {
    parked: ParkedCall[];
  };
  type: 'parked.changed';
} | {
  /** Whom the agent is about to call for a campaign; `null`: nobody any more. */
  data: {
    preview: Preview | null;
  };
  type: 'preview.changed';
} | {
  /** The agent asks for a supervisor, one has seen it, or (`null`) it is over. */
  data: {
    help: Help | null;
  };
  type: 'help.changed';
} | {
  /** A supervisor writes to the agent; `notice.read` answers it. */
  data: Notice;
  type: 'notice.shown';
} | {
  /** Read in one of the agent's tabs. */
  data: {
    notice: NoticeId;
  };
  type: 'notice.read';
};

/** Why nobody came of a `dial` step. The word is the fact `result`. */
export type DialFailed = 'busy' | 'no_answer' | 'rejected' | 'unreachable';

/** What a contact was about. */
export type Disposition = Named & {
  note_required: boolean;
  /** Keys of those that offer it; none: all do. */
  queues: string[];
};

/** Whether a number may be called. */
export interface DoNotCall {
  /** Who wrote it down: a user, or `agent:7` of whom the called asked. */
  by: string | null;
  /** It is not to be called. */
  listed: boolean;
  /** E.164. */
  number: string;
  /** As people read it. */
  number_shown: string;
  since: Micros | null;
  why: string | null;
}

/** Why an agent who would have been better was left to others. */
export type Elsewhere = {
  contact: ContactId;
  place: number;
  to: 'earlier';
} | {
  agents: AgentId[];
  contacts: ([number, number])[];
  to: 'needed';
} | {
  contacts: number;
  to: 'needed_by_many';
};

/** Who ended a call. */
export type EndedBy = 'customer' | 'agent' | 'supervisor' | 'guest' | 'flow' | 'network' | 'system';

/** What a caller typed in, such as an order number. */
export interface Entered {
  /** `None`: it was typed, and is nobody's business. */
  digits: string | null;
  /** What it is, for people. */
  label: string;
}

export type Envelope = EventHead & (DeskEvent | LinkMessage | ReplyMessage);

/** How a contact was judged. */
export interface Evaluation {
  /** Whose contact it was. */
  agent: AgentId;
  answers: Record<string, EvaluationAnswer>;
  /** As it was when this was begun. */
  card: ScorecardModel;
  /** What the agent is told beside the figures. */
  coaching: string;
  id: number;
  interaction: InteractionId;
  made: Micros;
  /** Who began it, or had it picked. */
  made_by: string;
  objection: EvaluationObjection | null;
  queue: QueueId | null;
  /** Sign-in name. */
  rater: string;
  reply: EvaluationReply | null;
  /** Of what is answered so far. */
  score: EvaluationScore;
  /** Key of the scorecard. */
  scorecard: string;
  stage: EvaluationStage;
  submitted: Micros | null;
  why: EvaluationReason;
}

/** What a rater says of one item. */
export interface EvaluationAnswer {
  /** Where it is heard in the recording, in milliseconds from its beginning. */
  at_ms?: number;
  /** For the agent. */
  note?: string;
  /** `null`: it was not applicable. */
  points?: number | null;
}

/** An evaluation, with what the one who asks may do. */
export type EvaluationDetail = Evaluation & {
  agent_name: string | null;
  may: EvaluationStep[];
};

/** What is said in a dispute, by either. */
export interface EvaluationDispute {
  text: string;
}

/** An evaluation to be begun. */
export interface EvaluationDraft {
  interaction: string;
  /** Sign-in names of those who judge it. None: whoever asks. Several: a calibration, which the agent does not see. */
  raters?: string[];
  /** Key. */
  scorecard: string;
}

/** What a rater says. */
export interface EvaluationFilled {
  /** By the key of the item. */
  answers: Record<string, EvaluationAnswer>;
  /** For the agent. */
  coaching?: string;
  /** It is complete: the agent sees it from now on. */
  submit?: boolean;
}

/** An evaluation as a list has it. */
export interface EvaluationLine {
  agent: AgentId;
  agent_name: string | null;
  /** It is 0 because of a fatal item. */
  fatal: boolean;
  id: number;
  interaction: InteractionId;
  made: Micros;
  name: Named;
  /** Sign-in name. */
  rater: string;
  /** In hundredths of a percent. `null`: it is not handed in, or nothing was applicable. */
  score: number | null;
  /** Key of the scorecard. */
  scorecard: string;
  stage: EvaluationStage;
  submitted: Micros | null;
  why: EvaluationReason;
}

/** Why an agent says that it is wrong. */
export interface EvaluationObjection {
  at: Micros;
  /** The score that was disputed. */
  score: number | null;
  text: string;
}

/** Why a contact is judged, the gravest reason first. */
export type EvaluationReason = 'bad_survey' | 'long_hold' | 'new_agent' | 'random' | 'by_hand' | 'calibration';

/** What was answered to it. */
export interface EvaluationReply {
  at: Micros;
  /** Sign-in name. */
  by: string;
  text: string;
}

/** What it comes to, in hundredths of a percent: 8750 is 87.50 %. */
export interface EvaluationScore {
  /** Keys of the fatal items that got no point: each makes the whole 0. */
  fatal: string[];
  /** In their order, as they would be without what is fatal. */
  sections: (number | null)[];
  /** `null`: nothing was applicable, or nothing is answered. */
  total: number | null;
}

export type EvaluationStage = 'open' | 'submitted' | 'disputed' | 'settled';

/** What somebody may do with an evaluation as it is. */
export type EvaluationStep = 'fill' | 'forget' | 'dispute' | 'reply';

/** The answer to a dispute. */
export interface EvaluationVerdict {
  /** What is judged otherwise now, all of it; without them, the evaluation stands as it was. */
  answers?: Record<string, EvaluationAnswer> | null;
  text: string;
}

/** What every message of the server begins with. */
export interface EventHead {
  /** RFC 3339, for people. */
  at: string;
  /** Changes when the numbers start anew. */
  epoch: string;
  /** Number within the history of the agent; 0: not in it. */
  seq: number;
  /** Of this form. */
  v: number;
}

export interface Excluded {
  because: Because;
  /** How many like this one, itself included. */
  count: number;
  who: Who;
}

/** How one contact fared. */
export interface Fared {
  answered: boolean;
  /** Seconds until the answer, until it left, or until the end of the time looked at. */
  waited_s: number;
}

export interface Fate {
  came: Micros;
  contact: ContactId;
  now: Fared;
  /** Key of the queue it came to. */
  queue: string;
  then: Fared;
}

/** Values as in a file; `None`: the default. */
export interface FieldChange {
  field: string;
  from: string | null;
  to: string | null;
}

/** One field that cannot be taken. */
export interface FieldRefused {
  /** Why, as a word. Frozen once released. */
  code: string;
  detail: string;
  /** Its place in the body: `name`, `contact_points.1.value`. */
  field: string;
}

export type FieldType = 'text' | 'longtext' | 'number' | 'money' | 'date' | 'time' | 'span' | 'flag' | 'choice' | 'choices' | 'person' | 'team' | 'ref' | 'refs' | 'phone' | 'email' | 'url' | 'place';

/** A figure with its formula. */
export interface Figure {
  formula: string;
  name: string;
  value: number | null;
}

/** A finding as the API tells it. */
export interface Finding {
  /** Frozen (`docs/reference/findings.md`). */
  code: string;
  en: string;
  /** The rules before the change did not have it. */
  new?: boolean;
  object: FindingObject;
  severity: Severity;
  zh: string;
}

/** The thing that is wrong: a kind and its key. The rules as a whole have no key. */
export interface FindingObject {
  key: string;
  kind: FindingObjectKind;
}

/** Words as in a center file. */
export type FindingObjectKind = 'center' | 'skill' | 'queue' | 'agent' | 'hours';

export interface Findings {
  findings: Finding[];
  version: number;
}

/** The first administrator, and what the center is called. */
export interface FirstAdministrator {
  company: string;
  /** `zh`, `en`; the first is the center's own. */
  languages: string[];
  name: string;
  /** 8 to 256 characters. */
  password: string;
  /** How national numbers are read: ISO 3166. */
  region: string;
  /** IANA: `Asia/Shanghai`. */
  timezone: string;
  /** The part after `/#/link/`. */
  token: string;
  /** Sign-in name; the key of the seat, too. */
  user: string;
}

/** In the order in which they are done. */
export type FirstStep = 'queue' | 'agents' | 'number' | 'trunk' | 'call';

/** A step from nothing to the first call. */
export interface FirstStepState {
  /** How many there are of what it asks for; 0: it is still to be done. */
  count: number;
  step: FirstStep;
}

/** A flow as somebody has it before them. */
export interface FlowChecked {
  drawing?: FlowDrawing | null;
  /** Of the flow. */
  key: string;
  text?: string;
}

/** What the steps of a flow can name. */
export interface FlowChoices {
  agents: string[];
  queues: string[];
  skills: string[];
  sounds: FlowSound[];
}

/** What the store would know of the caller. */
export interface FlowCustomer {
  language?: Language | null;
  /** Key of the agent who served them last. */
  last_agent?: string;
  tier?: string;
  /** In the smallest unit of the currency. */
  value?: number | null;
}

/** A flow that is not published. */
export interface FlowDraft {
  at: Micros;
  /** User who saved it last. */
  author: string;
  /** Version of the flow that it was begun from; 0: of none that is in the center. */
  base: number;
  text: string;
  /** Counts up with every save, also over drafts that went. */
  version: number;
}

/** A draft as it is to be. */
export interface FlowDraftPut {
  /** Version of the flow in the center that it is made of; 0: of none. */
  base: number;
  /** It may have mistakes. */
  text: string;
}

export interface FlowDraftSaved {
  at: Micros;
  version: number;
}

export interface FlowDraftTold {
  at: Micros;
  author: string;
}

/** What a flow says, in the order of its text. */
export interface FlowDrawing {
  /** `title`, `start`, `language`, `zone`. */
  head?: Record<string, unknown>;
  hours?: FlowPart[];
  steps?: FlowPart[];
}

/** A way from one step to another. */
export interface FlowExit {
  from: string;
  /** There may be no such step. */
  to: string;
  /** `next`, `on_timeout`, `choices.1`, `cases.0`. */
  way: string;
}

/** A mistake and where it is drawn. */
export interface FlowFinding {
  /** `unknown_step`, `not_answered` ... */
  code: string;
  /** In characters, from 1. */
  column: number;
  /** Of the step, or at the top. */
  field: string | null;
  /** From 1. */
  line: number;
  /** In English. */
  message: string;
  /** What the sentence names: `name`, `near`, `key`, `count`. */
  named: Record<string, string>;
  step: string | null;
}

/** Everything that a flow file can say. */
export interface FlowForms {
  /** Of a case. */
  case: FlowKey[];
  /** Of a choice that is written as a table. */
  choice: FlowKey[];
  /** That conditions and braces may name, beside `var.` and what the flow sets. */
  facts: string[];
  /** Keys at the top. */
  flow: FlowKey[];
  /** Of opening hours. */
  hours: FlowKey[];
  steps: FlowStepForm[];
}

export type FlowHappened = {
  what: 'entered';
} | {
  what: 'answered';
} | {
  language: string;
  sounds: string[];
  what: 'heard';
} | {
  digit: string;
  what: 'pressed';
} | {
  what: 'waited';
} | {
  by: string;
  what: 'looked_up';
} | {
  priority: number | null;
  queue: string;
  result: string;
  what: 'queued';
} | {
  queue: string;
  result: string;
  what: 'call_back';
} | {
  result: string;
  target: string;
  what: 'dialled';
} | {
  agent: string | null;
  queue: string | null;
  what: 'message';
} | {
  what: 'echo';
} | {
  reason: string;
  what: 'ended';
} | {
  what: 'too_long';
};

/** One thing that happens, and the step in which it does. */
export type FlowHappening = FlowHappened & {
  step: string;
};

/** One key of a table. */
export type FlowKey = FlowShape & {
  /** What holds without it, as it would be written; `null`: nothing, or what somebody else says. */
  default: string | null;
  key: string;
  /** It must be there. */
  needed: boolean;
};

/** One flow in the list. */
export interface FlowListed {
  draft: FlowDraftTold | null;
  key: string;
  /** That lead to it. */
  numbers: string[];
  origin: FlowOrigin | null;
  /** For people. */
  title: string;
  /** Version of the center in which it became what it is; 0: of a file, or of none. */
  version: number;
  /** Calls can be led by it. */
  works: boolean;
}

/** A text, read. */
export interface FlowLook {
  drawing: FlowDrawing | null;
  exits: FlowExit[];
  /** None: it could be published. */
  findings: FlowFinding[];
  text: string;
}

/** Where a flow is kept that leads calls. */
export type FlowOrigin = 'file' | 'center';

/** A step, or opening hours. */
export interface FlowPart {
  fields: Record<string, unknown>;
  key: string;
  /** The name it had in the text that it is written into, if that was another. */
  was?: string | null;
}

/** A caller who is not there. */
export interface FlowRehearsal {
  /** When, as clocks in the zone of the flow show it: `2026-10-01T09:30`. */
  at: string;
  called?: string;
  customer?: FlowCustomer | null;
  dial?: DialFailed | null;
  /** Pressed one by one where the flow asks; a comma: nothing, until the time is over. */
  digits?: string;
  key: string;
  language?: Language | null;
  line?: QueueLeft | null;
  /** Of the caller; empty: withheld. */
  number?: string;
  text: string;
}

/** What happens to the caller, in order. */
export interface FlowRehearsed {
  items: FlowTold[];
}

/** What a key's value looks like. */
export type FlowShape = {
  form: 'kind';
} | {
  form: 'step';
} | {
  form: 'text';
} | {
  form: 'queue';
} | {
  form: 'agent';
} | {
  form: 'name';
} | {
  form: 'language';
} | {
  form: 'zone';
} | {
  form: 'flag';
} | {
  form: 'whole';
  from: number;
  to: number;
} | {
  form: 'span';
} | {
  form: 'prompts';
} | {
  form: 'levels';
} | {
  form: 'settings';
} | {
  form: 'digit';
} | {
  form: 'template';
} | {
  form: 'condition';
} | {
  form: 'texts';
} | {
  form: 'choices';
} | {
  form: 'cases';
} | {
  form: 'table';
};

/** A flow whole: what leads calls, what somebody is at, and what there is to choose from. */
export interface FlowSheet {
  choices: FlowChoices;
  draft: FlowDraft | null;
  key: string;
  /** The draft, or what leads calls where there is none. */
  look: FlowLook;
  origin: FlowOrigin | null;
  /** What leads calls; `null`: nothing yet. */
  published: string | null;
  /** Of what leads calls, as the history has it; 0: of a file, or of none. */
  version: number;
}

/** A sound, by its name without language. */
export interface FlowSound {
  name: string;
  /** What is spoken, by language; none: music, a tone. */
  texts: Record<string, string>;
}

/** A kind of step. */
export interface FlowStepForm {
  keys: FlowKey[];
  /** Its `do`. */
  kind: string;
}

export type FlowTold = FlowHappening & {
  /** What is spoken, where something is. */
  said: string | null;
};

/** A flow as it was. */
export interface FlowVersion {
  text: string;
  version: number;
}

export interface GivenContactPoint {
  /** Of a phone number; one that stands in `value` says the same. */
  extension?: string | null;
  kind: string;
  label?: string;
  /** As a card shows the number: told by the server, passed over when it comes back. */
  shown?: string | null;
  value: string;
}

export interface GivenOrder {
  amount_minor: number;
  currency: string;
  item?: string;
  number: string;
  placed: string;
  status?: string;
}

/** A call that comes from a colleague. */
export interface Handed {
  by: AgentId;
  how: HandedHow;
  /** The colleague's name. */
  name: string;
  note: string;
}

export type HandedHow = 'transferred' | 'consulted' | 'returned' | 'parked';

/** How often contacts went this way. */
export type HandedOn = Receiver & {
  count: number;
  from: AgentId;
  /** Of the agent or queue; empty: somebody outside, or removed. */
  name: string;
};

/** What an agent had of contacts. */
export interface Handled {
  contacts: number;
  handed_on: number;
  received: number;
  talk_ms: number;
}

/** What an agent had of the contacts. */
export type HandledBy = Handled & {
  agent: AgentId;
  /** Empty: the agent was removed. */
  name: string;
};

/** Who handled what, and who handed it to whom. */
export interface Handling {
  agents: HandledBy[];
  from: Micros;
  handovers: HandedOn[];
  to: Micros;
}

/** By whom a contact was handed over, and how. */
export interface Handover {
  by: AgentId;
  how: HandoverHow;
}

export type HandoverHow = 'queue' | 'flow' | 'parked' | 'blind' | 'consult' | 'refer' | 'taken' | 'agent lost';

export interface Hello {
  since?: Since | null;
  topics: Topic[];
}

/** An agent asks for a supervisor. */
export interface Help {
  /** The supervisor, by user name, who listens since, or has written to the agent. */
  seen_by?: string;
  since: Micros;
  /** What for; may be empty. */
  words: string;
}

/** Nothing of a contact that is held is deleted. */
export interface Hold {
  at: Micros;
  reason: string;
  /** Who holds it. */
  user: string;
}

/** Why nothing of the contact may be deleted. */
export interface HoldAsked {
  /** 1 to 500 characters. */
  reason: string;
}

/** Who has a contact. */
export type Holder = {
  holder: 'flow';
} | {
  holder: 'queue';
  queue: QueueId;
} | {
  agent: AgentId;
  holder: 'dialling';
} | {
  agent: AgentId;
  holder: 'agent';
  queue: QueueId | null;
} | {
  by: AgentId;
  holder: 'sent';
} | {
  holder: 'outside';
};

/** As `RTCPeerConnection` takes it. */
export interface IceServer {
  credential: string;
  urls: string[];
  username: string;
}

/** A contact with the names that belong to its ids. */
export type Interaction = InteractionRecord & {
  agent_name: string | null;
  called_shown: string;
  /** As people read it; empty: withheld. */
  caller_shown: string;
  customer_name: string | null;
  queue_name: string | null;
};

export type InteractionDetail = Interaction & {
  events: InteractionEvent[];
  hold: Hold | null;
  recorded: RecordingRow | null;
  why: Words | null;
};

/**
 * What happened in a contact. Kinds and their details stand in `ContactEvent`; of earlier versions there may
 * be others. Numbers in it have a second form for people (`number_shown`, `called_shown`).
 */
export interface InteractionEvent {
  at: Micros;
  detail: Record<string, unknown>;
  kind: string;
  seq: number;
}

/** The business record of one contact on any channel (UUIDv7, so it sorts by time). */
export type InteractionId = string;

/** The business record of one contact. Written when it opens, when it changes and when it ends. */
export interface InteractionRecord {
  agent: AgentId | null;
  answered: Micros | null;
  /** Our number in both directions: called by the customer, or shown to the customer. */
  called: string;
  caller: Number | null;
  /** The caller as the network told it. */
  caller_text: string;
  channel: Channel;
  customer: CustomerId | null;
  direction: CallDirection;
  disposition: string | null;
  /** Cause in words of the network: `486 Busy Here`, `media lost`. */
  end_reason: string | null;
  ended: Micros | null;
  ended_by: EndedBy | null;
  /** Digits entered in the flow, for the pop; the last ones of each kind. */
  entered: Entered[];
  hold_ms: number;
  id: InteractionId;
  linked: InteractionId | null;
  /** Steps chosen in the menu, for the pop. */
  menu_path: string[];
  notes: string;
  outcome: Outcome | null;
  queue: QueueId | null;
  queued: Micros | null;
  /** File below the recordings folder. */
  recording: string | null;
  /** Who had it, from when to when. */
  segments: Segment[];
  started: Micros;
  wrap_up_ended: Micros | null;
}

/** All there are of something. */
export interface Items_Campaign {
  items: ({
    began: Micros | null;
    changed: Micros | null;
    changed_by: string | null;
    entries: CampaignEntries;
    key: string;
    live: CampaignFigures | null;
    mode: CampaignMode;
    name: Named;
    purpose: string;
    /** Key of the queue whose agents make the calls. */
    queue: string;
    state: CampaignState;
  })[];
}

/** All there are of something. */
export interface Items_CustomerCard {
  items: ({
    contact_points: ContactPoint[];
    /** Important dates: `("birthday", "05-17")`, `("wedding anniversary", "2014-10-02")`. */
    dates: ([string, string])[];
    id: CustomerId;
    /** BCP 47, such as `zh` or `en`. */
    language: string | null;
    name: string;
    notes: string;
    orders: Order[];
    organisation: string | null;
    tags: string[];
    /** `platinum`, `gold`, `silver`, `standard`: free text of the center. */
    tier: string | null;
    /** The newest first, at most ten. */
    timeline: TimelineEntry[];
  })[];
}

/** All there are of something. */
export interface Items_CustomerRecords {
  items: ({
    capped: boolean;
    kind: string;
    /** With the fields that the pop shows, the newest first. */
    records: RecordSheet[];
    total: number;
  })[];
}

/** All there are of something. */
export interface Items_EvaluationLine {
  items: ({
    agent: AgentId;
    agent_name: string | null;
    /** It is 0 because of a fatal item. */
    fatal: boolean;
    id: number;
    interaction: InteractionId;
    made: Micros;
    name: Named;
    /** Sign-in name. */
    rater: string;
    /** In hundredths of a percent. `null`: it is not handed in, or nothing was applicable. */
    score: number | null;
    /** Key of the scorecard. */
    scorecard: string;
    stage: EvaluationStage;
    submitted: Micros | null;
    why: EvaluationReason;
  })[];
}

/** All there are of something. */
export interface Items_FirstStepState {
  items: ({
    /** How many there are of what it asks for; 0: it is still to be done. */
    count: number;
    step: FirstStep;
  })[];
}

/** All there are of something. */
export interface Items_FlowListed {
  items: ({
    draft: FlowDraftTold | null;
    key: string;
    /** That lead to it. */
    numbers: string[];
    origin: FlowOrigin | null;
    /** For people. */
    title: string;
    /** Version of the center in which it became what it is; 0: of a file, or of none. */
    version: number;
    /** Calls can be led by it. */
    works: boolean;
  })[];
}

/** All there are of something. */
export interface Items_KindHead {
  items: ({
    beside: KindUse | null;
    group: string | null;
    icon: string | null;
    kind: string;
    may: KindMay;
    name: KindWords;
    /** Of many of them. */
    names: KindWords;
    /** `customer`: its records stand on the timeline and the pop of one. */
    of: string | null;
    /** Its place among those of its group; the first is offered first during a call. */
    rank: number;
    version: number;
  })[];
}

/** All there are of something. */
export interface Items_KindVersion {
  items: ({
    at: Micros;
    /** User who published it. */
    author: string;
    version: number;
  })[];
}

/** All there are of something. */
export interface Items_ProgramToken {
  items: ({
    /** Key of the agent in whose name it acts. */
    agent: string | null;
    created: Micros;
    created_by: string;
    expires: Micros | null;
    id: number;
    /** What the program is called in lists and logs. */
    name: string;
    role: Role;
    used: Micros | null;
  })[];
}

/** All there are of something. */
export interface Items_QueueTile {
  items: ({
    abandoned: number;
    answered: number;
    /** Mean wait of answered calls, milliseconds. */
    asa_ms: number;
    busy: number;
    /** Customers who asked to be called back and were not spoken with yet; those in the line are among `waiting`. */
    call_backs: number;
    /**
     * Part of the spoken waits whose 80 % interval came true, since the start of the server; `None` before the
     * first.
     */
    estimate_hit_rate: number | null;
    id: QueueId;
    key: string;
    longest_since: Micros | null;
    name: string;
    not_ready: number;
    offered: number;
    ready: number;
    reserved: number;
    service_level: ServiceLevel;
    /** Abandoned within the queue's short-abandon threshold; part of `abandoned`. */
    short_abandoned: number;
    waiting: number;
    wrap_up: number;
  })[];
}

/** All there are of something. */
export interface Items_RecordComment {
  items: ({
    at: Micros;
    /** Sign-in name. */
    by: string;
    id: number;
    text: string;
  })[];
}

/** All there are of something. */
export interface Items_RecordFile {
  items: ({
    at: Micros;
    /** Sign-in name. */
    by: string;
    id: number;
    name: string;
    /** Bytes. */
    size: number;
  })[];
}

/** All there are of something. */
export interface Items_RecordJob {
  items: ({
    at: Micros;
    /** Sign-in name of whoever started it last. */
    by: string;
    counts: RecordJobCounts;
    /** It only looks, or looked, at what would become. */
    dry: boolean;
    edit: RecordJobEdit | null;
    ended: Micros | null;
    /** Why it failed. */
    failure: string | null;
    id: number;
    import: RecordJobImport | null;
    kind: string;
    /** Rows done; while it is taken back: of no meaning. */
    place: number;
    state: RecordJobState;
    /** Rows in all; `null`: not known before the end. */
    total: number | null;
  })[];
}

/** All there are of something. */
export interface Items_RecordSheet {
  items: ({
    created: Micros;
    created_by: RecordPerson;
    customer: RecordReference | null;
    fields: Record<string, unknown>;
    id: number;
    interaction: InteractionId | null;
    may: RecordMay;
    number: string | null;
    /** When it came to that state. */
    since: Micros;
    state: string | null;
    /** Steps that the asker may take from here. */
    steps: string[];
    title: string;
    updated: Micros;
    updated_by: RecordPerson;
    version: number;
  })[];
}

/** All there are of something. */
export interface Items_RecordView {
  items: ({
    id: number;
    name: string;
    /** Sign-in name. */
    owner: string;
    /** As behind `?` in the address of the page: `state=open&sort=-due&show=board`. */
    query: string;
    /** Everybody who reads the kind sees it. */
    shared: boolean;
  })[];
}

/** All there are of something. */
export interface Items_RecordingLine {
  items: ({
    at: Micros;
    /** Why, where somebody said why. */
    detail: string;
    user: string;
    what: RecordingUse;
  })[];
}

/** All there are of something. */
export interface Items_Scorecard {
  items: ({
    card: ScorecardModel;
    key: string;
    name: Named;
  })[];
}

/** All there are of something. */
export interface Items_SipMessage {
  items: ({
    at: Micros;
    call_id: string;
    /** Address and port. */
    from: string;
    /** The first line. */
    line: string;
    /** All of it, without proofs of passwords, keys of media and digits. */
    text: string;
    to: string;
    transport: 'udp' | 'tcp' | 'tls' | 'ws';
  })[];
}

/** All there are of something. */
export interface Items_Task {
  items: (StoredTask & {
    /** As people read it. */
    number_shown: string | null;
  })[];
}

/** All there are of something. */
export interface Items_TimelineEntry {
  items: ({
    /** The agent's name, and the key. */
    agent: string | null;
    agent_key: string | null;
    at: Micros;
    channel: Channel;
    direction: CallDirection;
    disposition: string | null;
    interaction: InteractionId;
    notes: string;
    outcome: Outcome | null;
    queue: string | null;
    talk_ms: number;
  })[];
}

/** All there are of something. */
export interface Items_Trunk {
  items: ({
    /** Out through it now. */
    calls: number;
    /** Transport and address, as set. */
    destination: string | null;
    key: string;
    /** In the language of the user. */
    name: string | null;
    registration: RegistrationView | null;
    /** From the last OPTIONS to its answer. */
    round_trip_us: number | null;
    /** In this state since then. */
    since: Micros;
    state: TrunkState;
    why: TrunkTrouble | null;
  })[];
}

/** How a contact came by an earlier place in the line. */
export type Kept = 'recall' | 'call_back';

/** A kind, whole. A field that the asker may not read is not told. */
export type Kind = KindHead & {
  access: KindAccess;
  /** Fields of other kinds that refer to this one. */
  back: KindBack[];
  call: KindCall | null;
  due: KindDue | null;
  fields: KindField[];
  form: KindForm;
  life: KindLife | null;
  lines: KindLines[];
  list: KindList;
  number: string | null;
  pop: KindPop | null;
  /** What is done by itself; told to administrators. */
  rules: KindRule[];
  title: string;
};

export interface KindAccess {
  create: string;
  delete: string;
  read: string;
  write: string;
}

export interface KindBack {
  field: string;
  kind: string;
  /** Of many of that kind. */
  names: KindWords;
}

/** What the desktop does with the records of a kind beside a call; the keys of fields, and of one table of lines. */
export interface KindCall {
  /** A text with queues and menu choices, between commas; where it is empty, every one. */
  about: string | null;
  as: KindUse;
  /** The words: what is said first, the answer, the text. */
  body: string;
  /** The line above the words. */
  head: string | null;
  /** A number that grows each time one has helped. */
  helped: string | null;
  /** A choice of `en` or `zh`. */
  language: string | null;
  /** Lines with `key`, `say`, and where there are any `answer` and `choices`. */
  steps: string | null;
  /** Of those that are offered. */
  when: string | null;
}

/** One thing that becomes different. */
export interface KindChange {
  /**
   * `new_kind`, `add_field`, `rename_field`, `retire_field`, `replace_field`, `change_field`, `add_lines`,
   * `retire_lines`, `add_state`, `retire_state`, `change`.
   */
  change: string;
  message: KindWords;
  /** The field, the state, the part of the definition. */
  what: string;
}

export interface KindChoice {
  key: string;
  name: KindWords;
  /** What it is in a formula. */
  points: string | null;
}

export interface KindDraft {
  /** TOML. */
  source: string;
}

/** By when a record must be done: what fills its field. */
export interface KindDue {
  /** Where this choice of another record is `always`, the clock runs day and night: `contract.clock`. */
  always: string | null;
  /** Of the type `time`. */
  field: string;
  /** `created`, or a field of the type `time`. */
  from: string;
  /** Opening hours of the center; without them, day and night. */
  hours: string | null;
  /** What another record promises goes before `within`: `contract.solve`, a span. */
  promise: string | null;
  within_s: KindDueWithin;
}

/** Seconds. */
export type KindDueWithin = {
  same: number;
} | {
  /** By a choice of the record; one that is not named has no due time. */
  by: {
    field: string;
    spans: Record<string, number>;
  };
};

/** What a rule does. */
export type KindEffect = {
  field: string;
  value: string | null;
  what: 'set';
} | {
  state: string;
  what: 'state';
} | {
  among: string[];
  by: KindShare;
  field: string;
  what: 'assign';
} | {
  what: 'tell';
  whom: string[];
} | {
  kind: string;
  /** The field of the new record that refers to this one. */
  link: string | null;
  set: Record<string, string>;
  what: 'create';
};

/** One field of a kind, or of the lines in it. */
export interface KindField {
  access: KindFieldAccess;
  /** Of choices, in their order. */
  choices: KindChoice[];
  /** Of money without one. */
  currency: string | null;
  /** Of a new record of which nothing else is said: a value, `me`, `now + 8h`, `today + 7d`. */
  default: string | null;
  /** `item.price`: what stood in a field of the record that a reference leads to when it was named; nobody writes it. */
  from: string | null;
  help: KindWords | null;
  key: string;
  /** Of references: to what. */
  kind: string | null;
  /** Of numbers and money: never below, never above, whoever writes it and whatever is reckoned. */
  least: string | null;
  /** Two records that say the same here are probably one. */
  match: boolean;
  most: string | null;
  name: KindWords;
  required: boolean;
  roll: KindRoll | null;
  /** Found by its words. */
  search: boolean;
  type: FieldType;
  /** What it is reckoned from; nobody writes it. */
  value: string | null;
}

/** Who may read and write a field, beside who may the record. */
export interface KindFieldAccess {
  read: RecordRole;
  write: RecordRole;
}

export interface KindForm {
  sections: KindSection[];
}

/** A kind in a menu. */
export interface KindHead {
  beside: KindUse | null;
  group: string | null;
  icon: string | null;
  kind: string;
  may: KindMay;
  name: KindWords;
  /** Of many of them. */
  names: KindWords;
  /** `customer`: its records stand on the timeline and the pop of one. */
  of: string | null;
  /** Its place among those of its group; the first is offered first during a call. */
  rank: number;
  version: number;
}

/** The states of a kind and who may lead from one to another. */
export interface KindLife {
  start: string;
  states: KindState[];
  steps: KindStep[];
}

/** A table inside of a record. */
export interface KindLines {
  fields: KindField[];
  key: string;
  name: KindWords;
}

/** What a list shows of itself; the keys of fields, or of what every record has ([`super::SYSTEM`]). */
export interface KindList {
  board_by: string | null;
  calendar_by: string | null;
  columns: string[];
  /** `-due`: the latest first. */
  sort: string;
  /** What a board says of each column: the sum of this field. */
  sum: string | null;
}

/** A record, or the customer, that a step makes. */
export interface KindMake {
  /** The field of this record that refers to the new one. */
  keep: string | null;
  /** A kind, or `customer`: one who is known by the number or the address is taken, else a new one. */
  kind: string;
  /** Tables of lines of the new record, and the table of this one that each is filled from. */
  lines: Record<string, string>;
  /** The field of the new record that refers to this one. */
  link: string | null;
  /** Texts with places: `{subject}`. */
  set: Record<string, string>;
}

/** What the asker may do with a kind. */
export interface KindMay {
  configure: boolean;
  create: boolean;
}

/** One mistake in a definition. */
export interface KindMistake {
  /** Why, as a word. Frozen once released. */
  code: string;
  /** In characters, counted from 1. */
  column: number;
  /** Counted from 1. */
  line: number;
  message: KindWords;
  /** What may have been meant. */
  nearest: string | null;
}

export interface KindPlan {
  changes: KindChange[];
  /** The kind as it would be, of the version in force. */
  kind: Kind;
}

/** What the pop of a customer shows. */
export interface KindPop {
  show: string[];
  when: string | null;
}

export interface KindPublish {
  /** The version that it was planned against; 0: the kind is new. */
  over: number;
  /** TOML. */
  source: string;
}

export interface KindPublished {
  version: number;
}

/** What a field says of all records that refer to its own. */
export interface KindRoll {
  /** Their field that refers to this record. */
  by: string;
  /** Their field that is taken; `null` of a count. */
  field: string | null;
  /** Their kind. */
  of: string;
  take: KindRollTake;
  /** Only those of which it holds: a condition about their kind. */
  when: string | null;
}

export interface KindRollBack {
  version: number;
}

export type KindRollTake = 'count' | 'sum' | 'min' | 'max';

/** What is done by itself. */
export interface KindRule {
  do: KindEffect[];
  /** What it is called in the history; one of its kind. */
  key: string;
  name: KindWords;
  on: string;
  when: string | null;
}

/** A part of the form. */
export interface KindSection {
  /** Keys of fields and of lines. */
  fields: string[];
  name: KindWords;
}

/** Whose turn it is. */
export type KindShare = 'turn' | 'load';

/** A definition as it was written. */
export interface KindSource {
  source: string;
  version: number;
}

export interface KindState {
  /** Fields and tables of lines that nobody writes while a record is in it, as they were agreed. */
  fixed: string[];
  key: string;
  kind: StateKind;
  name: KindWords;
}

/** A way from states to another. */
export interface KindStep {
  by: string;
  from: string[];
  key: string;
  /** What is made of the record with it, in their order: in the same write, or the step is not taken. */
  make: KindMake[];
  name: KindWords;
  /** Fields that must be filled by then. */
  needs: string[];
  to: string;
  when: string | null;
  /** So many seconds after the record came to its state, and no later. */
  within_s: number | null;
}

export type KindUse = 'article' | 'script' | 'template';

/** A version of a kind. */
export interface KindVersion {
  at: Micros;
  /** User who published it. */
  author: string;
  version: number;
}

/** The same in English and Chinese. */
export interface KindWords {
  en: string;
  zh: string;
}

/** Text for people: one for everybody, or one per language. */
export type Label = string | Record<string, string>;

/** A language that Carillon speaks. */
export type Language = 'en' | 'zh';

/** Why a contact left the waiting line. */
export type Left = 'abandoned' | 'removed' | 'timeout' | 'full' | 'no_agents' | 'closed';

/** An agent for whom a command to several was refused. */
export interface LeftOut {
  agent: AgentId;
  code: Refusal;
  message: string;
}

/** Counters of one leg, stored on the interaction. */
export interface LegStats {
  codec: Codec | null;
  /** Its jitter, as it told last, microseconds. */
  jitter_there_us?: number;
  /** RFC 3550 §6.4.1, microseconds. */
  jitter_us: number;
  /** By sequence gaps (RFC 3550 §A.3). */
  lost: number;
  /** What it lost of that, as it told last. */
  lost_there?: number;
  received: number;
  /** Packets refused: wrong source, failed SRTP authentication, malformed. */
  refused: number;
  /** Reports of the party about what it was sent. */
  reports?: number;
  /** From RTCP, microseconds; 0 if unknown. */
  round_trip_us: number;
  sent: number;
  talk?: TalkTime;
}

/** Messages beside the numbered history. */
export type LinkMessage = {
  /** The answer to `hello`. */
  data: {
    heartbeat_s: number;
    resumed: boolean;
    topics: Topic[];
  };
  type: 'welcome';
} | {
  /** Nothing else was sent for a while. */
  data: Record<string, unknown>;
  type: 'heartbeat';
} | {
  /** The whole wallboard. */
  data: WholeBoard;
  type: 'board';
} | {
  /** What differs in it. */
  data: BoardChange;
  type: 'board.changed';
} | {
  /** A record was made, changed or deleted. */
  data: {
    id: number;
    kind: string;
    state: string | null;
    version: number;
  };
  type: 'record.changed';
} | {
  /** A kind of records has a new version. */
  data: {
    kind: string;
    version: number;
  };
  type: 'kind.changed';
};

/** What a link opens. */
export type LinkOpens = 'session' | 'own_password' | 'set_up';

/** What somebody who has a link is told before it is used. */
export interface LinkTold {
  center: CenterBegun | null;
  name: string | null;
  opens: LinkOpens;
  /** Sign-in name, of an own password. */
  user: string | null;
}

/** A token that was just made. */
export type MadeToken = ProgramToken & {
  /** Shown this once. */
  token: string;
};

/** Who is signed in. */
export interface Me {
  agent: OwnAgent | null;
  /** For the header `X-CSRF-Token` of every write; `null` for tokens. */
  csrf: string | null;
  language: Language;
  name: string;
  phone: PhoneAccount | null;
  role: Role;
  /** Sign-in name. */
  user: string;
}

/** How it gets there. */
export type MessageChannel = 'mail';

export type MessageState = 'waiting' | 'sent' | 'failed';

/**
 * Microseconds since the Unix epoch, on a clock that never runs backwards.
 *
 * The shell anchors a monotonic clock at the wall time of the start, so a step of the system clock
 * moves no timer and no interval becomes negative. Additions saturate.
 */
export type Micros = number;

/** Where a replay differs from what really happened. */
export interface Mismatch {
  at: Micros;
  /** Entries of the journal since the beginning of the replay, this one included. */
  entry: number;
  what: MismatchKind;
}

export type MismatchKind = {
  input: string;
  what: 'outputs';
} | {
  what: 'state';
} | {
  inputs: number;
  what: 'missing';
};

/** A queue that handed it on. */
export interface Moved {
  from: string | null;
  to: string | null;
  why: Left;
}

/** What a center calls one of its things. */
export interface Named {
  en: string;
  key: string;
  zh: string;
}

/** A skill asked for: `3`, or `{ min = 3, weight = 2 }`. */
export type Need = number | WeightedNeed;

/** A call to somebody. */
export interface NewCall {
  language?: SpokenLanguage | null;
  /** As people write it. */
  number: string;
  /** Key of the queue for which it is: its caller id holds. Left out: the one that is named by `with`, or none. */
  queue?: string | null;
  /** Who has the call: an agent, whose own phone rings first; a queue, or a flow, which has whoever answers. */
  with: Target;
}

/** What is written of a customer. */
export interface NewCustomer {
  contact_points?: GivenContactPoint[];
  /** Label and date: `["birthday", "05-17"]`. */
  dates?: ([string, string])[] | null;
  language?: string | null;
  name?: string;
  notes?: string;
  orders?: GivenOrder[] | null;
  organisation?: string | null;
  tags?: string[];
  tier?: string | null;
}

export interface NewCustomerMessage {
  body: string;
  channel: MessageChannel;
  /** The contact that it follows from: one's own. */
  interaction?: string | null;
  subject: string;
  /** One of the addresses of the customer. */
  to: string;
}

/** A number that is not to be called any more. */
export interface NewDoNotCall {
  /** As people write it. */
  number: string;
  why?: string;
}

export interface NewToken {
  /** Key. */
  agent?: string | null;
  /** Left out: until it is revoked. */
  expires_in_s?: number | null;
  name: string;
  role: Role;
}

/** What an occupied agent becomes afterwards. */
export type NextState = {
  state: 'ready';
} | {
  reason: string;
  state: 'not_ready';
} | {
  state: 'signed_out';
};

/** Why no call is made now. */
export type NotNow = 'paused' | 'nobody_to_call' | 'all_lines' | 'no_agent_free' | 'agents_ask' | 'no_budget' | 'window_ends' | 'too_early' | 'ratio';

/** A message of a supervisor to an agent; on the desktop until the agent has read it. */
export interface Notice {
  at: Micros;
  /** The supervisor, by user name. */
  by: string;
  id: NoticeId;
  words: string;
}

/** A message of a supervisor to one agent. */
export type NoticeId = number;

/**
 * A number in E.164 form with its plus sign, such as `+493012345678`; at most 15 digits.
 * It prints whole: log it only through [`Number::masked`] or [`super::Redacted`].
 */
export type Number = string;

/** What one version of the center made of one object. */
export type ObjectChange = CenterChangeKind & {
  at: Micros;
  /** User who did it. */
  author: string;
  version: number;
};

/** Customers who asked to be called back and were not spoken with yet. */
export interface OpenCallBack {
  agent: AgentId | null;
  /** Waiting counts from here. */
  arrived: Micros;
  asked: Micros;
  /** Times the customer was rung in vain. */
  attempts: number;
  call: InteractionId | null;
  customer: CustomerId | null;
  due: Micros | null;
  /** The call in which it was asked for; its name. */
  interaction: InteractionId;
  number: Number;
  /** In the line of the queue, 1 is next; `None`: not in the line just now. */
  place: number | null;
  queue: QueueId;
  state: CallBackState;
}

export interface OpeningAsked {
  /** As clocks there show it: `2026-10-01T09:30`. */
  at: string;
  /** Fields of opening hours, as they are or as they are to be. */
  hours: Record<string, unknown>;
}

export interface OpeningTold {
  open: boolean;
  /** The spans of that day: `09:00-12:00`. */
  spans: string[];
  /** The day is named apart. */
  special: boolean;
  /** When it changes, as clocks there show it; `null`: not within four hundred days. */
  until: string | null;
}

export interface Order {
  /** In the smallest unit of the currency. */
  amount_minor: number;
  /** ISO 4217. */
  currency: string;
  item: string;
  number: string;
  /** `2026-05-20`. */
  placed: string;
  status: string;
}

export type OtherState = 'ringing' | 'consulted' | 'waiting' | 'joined' | 'muted' | 'listening' | 'whispering' | 'barging';

/** Somebody in a call beside the customer and the agent who has it. */
export interface OtherView {
  /** An agent of the center; `None`: somebody outside, or a supervisor without a seat. */
  agent?: AgentId;
  /** Names it in commands. */
  id: ReservationId;
  /** The agent's name, the number as people read it, or the supervisor's user name. */
  name: string;
  since: Micros;
  state: OtherState;
}

/** How a contact ended. */
export type Outcome = 'handled' | 'abandoned' | 'self_service' | 'refused' | 'failed' | 'interrupted' | 'call_back' | 'not_reached' | 'voicemail';

/** [`crate::acd::Overflow`] with a key for the id. */
export interface OverflowModel {
  to: string;
  when: OverflowWhen;
}

export type OverflowWhen = 'full' | 'timeout' | 'no_agents' | 'closed' | {
  /**
   * On arrival, when the estimate is above so many seconds. Sends nobody away: who finds no other queue
   * waits here.
   */
  estimate_above: number;
};

/** An agent's place. */
export interface OwnAgent {
  id: AgentId;
  key: string;
  name: string;
}

/** An own password, by an invitation. */
export interface OwnPassword {
  /** 8 to 256 characters. */
  password: string;
  /** The part after `/#/link/`. */
  token: string;
}

/** A report that somebody wrote. */
export interface OwnReport {
  /** `own-12` */
  key: string;
  name: string;
  /** Sign-in name. */
  owner: string;
  /** Everybody who may write reports sees it. */
  shared: boolean;
  sql: string;
}

/** A report to be kept. */
export interface OwnReportDraft {
  name: string;
  /** All supervisors see it. */
  shared?: boolean;
  sql: string;
}

/** Some of something; `next` asks for those that follow, as `cursor`. */
export interface Page_Alert {
  items: ({
    /** `None`: it goes on. */
    ended?: Micros;
    /** How many events it has had. */
    events: number;
    figure: AlertFigure;
    id: AlertId;
    level: AlertLevel;
    /** Beyond what, at this level. */
    limit: number;
    /** Of the rule, as it was then. */
    name: Words;
    queue: QueueId;
    /** Key of the rule. */
    rule: string;
    seen?: Micros;
    /** The supervisor, by user name, who has seen it at this level. */
    seen_by?: string;
    since: Micros;
    sound: boolean;
    /** The worst of the figure while it lasted, up to the last event. */
    worst: number;
  })[];
  /** `null`: there are no more. */
  next: string | null;
}

/** Some of something; `next` asks for those that follow, as `cursor`. */
export interface Page_CallBack {
  items: (OpenCallBack & {
    agent_name: string | null;
    customer_name: string | null;
    /** As people read it. */
    number_shown: string;
    queue_name: string | null;
  })[];
  /** `null`: there are no more. */
  next: string | null;
}

/** Some of something; `next` asks for those that follow, as `cursor`. */
export interface Page_Interaction {
  items: (InteractionRecord & {
    agent_name: string | null;
    called_shown: string;
    /** As people read it; empty: withheld. */
    caller_shown: string;
    customer_name: string | null;
    queue_name: string | null;
  })[];
  /** `null`: there are no more. */
  next: string | null;
}

/** In which language something is printed. */
export type PaperLanguage = 'en' | 'zh';

/** A call in a slot. */
export interface ParkedCall {
  by: AgentId;
  /** Of the agent who parked it. */
  by_name: string;
  /** As people read it; empty: withheld. */
  caller_shown: string;
  /** The customer's name. */
  customer: string | null;
  interaction: InteractionId;
  since: Micros;
  slot: number;
  /** Then it returns to that agent. */
  until: Micros;
}

export interface PastAgent {
  id: AgentId;
  key: string;
  name: string;
  next: NextState | null;
  since: Micros;
  state: AgentState;
}

export interface PastBoard {
  agents: PastAgent[];
  at: Micros;
  /** The last thing that happened by then; long before `at` when the server was not running. */
  last_input: Micros;
  queues: PastTile[];
  /** Version of the center's rules in force. */
  rules: number;
}

/** Fields of [`crate::center::board::QueueTile`] have the same meaning here. */
export interface PastTile {
  busy: number;
  id: QueueId;
  key: string;
  longest_ms: number;
  longest_since: Micros | null;
  name: string;
  not_ready: number;
  ready: number;
  reserved: number;
  /** Of those, who rings an agent. */
  ringing: number;
  waiting: number;
  wrap_up: number;
}

/**
 * Two estimates from the same waits: exponential by maximum likelihood, which the new day draws from, and
 * Kaplan and Meier's, which assumes no shape and shows how well the first one fits.
 */
export interface Patience {
  /** Waits that ended otherwise. */
  censored: number;
  gave_up: number;
  high_s: number | null;
  /** 95 % interval of the mean: `mean * exp(-+1.96 / sqrt(gave_up))`. */
  low_s: number | null;
  /** Mean in seconds: all waiting time / number who gave up; `None`: nobody gave up. */
  mean_s: number | null;
  /** Part still waiting after so long, as Kaplan and Meier estimate it. */
  staying: Staying[];
}

/** Somebody who signs in, with a seat or without. */
export interface PersonEntry {
  /** Sign-in name. */
  key: string;
  name: string;
}

/** A SIP account of this session only. */
export interface PhoneAccount {
  /** STUN and TURN; none: `[]`. */
  ice_servers: IceServer[];
  password: string;
  realm: string;
  uri: string;
  user: string;
  ws_path: string;
}

/** Which side chose. */
export type Pick = {
  by: 'unrecorded';
} | {
  by: 'agent';
  candidates: AgentCandidate[];
  chosen: AgentId;
  policy: AgentSelection;
} | {
  by: 'contact';
  candidates: ContactCandidate[];
  chosen: ContactId;
  policy: ContactSelection;
} | {
  agent: AgentId;
  by: 'named';
} | Together & {
  by: 'together';
};

/** A place in the line that is older than the call. */
export interface PlaceKept {
  /** `recall`: gave up and rang again in time; `call_back`: asked to be called back. */
  by: Kept;
  /** Waiting counts from here. */
  since: Micros;
}

export type Predictor = 'conditional' | 'head_of_line' | 'last_served' | 'throughput';

export type Presence = {
  state: 'ready';
} | {
  reason: string;
  state: 'not_ready';
} | {
  state: 'signed_out';
};

/** A state for several agents. */
export interface PresenceOfMany {
  agents?: number[];
  /** Everybody in it, besides. */
  group?: string | null;
  reason?: string | null;
  state: PresenceState;
}

export type PresenceState = 'ready' | 'not_ready' | 'signed_out';

/** Somebody whom the agent is about to call. */
export interface Preview {
  campaign: CampaignPop;
  /** As people read it. */
  number_shown: string;
  /** Then the call is made by itself. */
  until: Micros;
}

/** Why something was not done (RFC 9457). `code` is what programs go by; `detail` is for people. */
export interface Problem {
  /** What is not available, or why. */
  cause?: string;
  /** What was done to the record since the version that was named. */
  changes?: RecordChange[];
  /** Stable; all of them stand in `ProblemCode`. */
  code: ProblemCode;
  detail: string;
  /** Fields of the body that cannot be taken, all of them; of a center, those that are wrong in it. */
  fields?: FieldRefused[];
  /** What the linter says. */
  findings?: Finding[];
  /** Of a center, rules or a forecast that cannot be: why, one by one. */
  mistakes?: string[];
  /** The record as it is now. */
  present?: Record<string, unknown>;
  /** What is wrong with the definition of a kind, all of it. */
  problems?: KindMistake[];
  status: number;
  title: string;
  type: string;
  /** The version that is present. */
  version?: number;
}

/** What programs go by. */
export type ProblemCode = ApiProblemCode | Refusal;

/** The token of a program, without the token. */
export interface ProgramToken {
  /** Key of the agent in whose name it acts. */
  agent: string | null;
  created: Micros;
  created_by: string;
  expires: Micros | null;
  id: number;
  /** What the program is called in lists and logs. */
  name: string;
  role: Role;
  used: Micros | null;
}

/** What a change comes to, or would. */
export interface Prospect {
  applied: boolean;
  changes: CenterChange[];
  /** Of the rules as they are then. */
  findings: Finding[];
  version: number;
}

/**
 * Stays in one queue that began in one interval. T is the service threshold, S the short-abandon
 * threshold of the queue at the time.
 */
export interface QueueCounts {
  abandoned_in_time?: number;
  abandoned_late?: number;
  /** B_S, B_T and B_L: within S, within T, later. */
  abandoned_short?: number;
  /** A_T and A_L. */
  answered_in_time?: number;
  answered_late?: number;
  /** F: went on to another queue or ran out of time; and those of them after more than T. */
  flowed_out?: number;
  flowed_out_late?: number;
  longest_wait_us?: number;
  /** Everything that entered. */
  offered?: number;
  /** Turned away at the door: full, closed, nobody there. */
  refused?: number;
  /** C: taken away by the owner (call-back, transfer), within T and later. */
  removed_in_time?: number;
  removed_late?: number;
  /** Offers to agents, those not answered, and the stays that had one which was not. */
  rings?: number;
  stays_with_unanswered_rings?: number;
  talk_us?: number;
  /** Conversations that are over. */
  talks?: number;
  unanswered_rings?: number;
  wait_abandoned_us?: number;
  /** Microseconds. */
  wait_answered_us?: number;
  wrap_up_us?: number;
}

export type QueueEntry = Named & {
  /** Wrap-up ends only with a disposition (or by its time). */
  disposition_required: boolean;
  id: QueueId;
  /** In the language of the user. */
  name: string;
  wrap_up_s: number;
};

/** A queue, as numbered by the store; never reused. */
export type QueueId = number;

/** Why a caller comes back from a line. The word is the fact `result`. */
export type QueueLeft = 'timeout' | 'full' | 'no_agents' | 'closed' | 'declined' | 'impossible';

/**
 * A queue: the router's rule for it ([`QueueRule`], which explains the fields) with keys for ids, and
 * what only the call needs.
 */
export interface QueueModel {
  agent_selection?: AgentSelection;
  /** What an announcement tells. */
  announce?: Announced[];
  announce_first_s?: number | null;
  announce_s?: number;
  answer_within_s?: number;
  /** and, when there are any, at least one of these. */
  any_skill?: Record<string, Need>;
  call_back?: CallBackRule | null;
  channel?: Channel;
  /** Wrap-up ends only with a disposition, or by its own deadline. */
  disposition_required?: boolean;
  hours?: string | null;
  leave_without_agents?: boolean;
  max_wait_s?: number | null;
  max_waiting?: number | null;
  /** Sound that waiting callers hear. */
  music?: string;
  name?: Label;
  overflow?: OverflowModel[];
  priority?: number;
  priority_step_s?: number;
  recall_s?: number;
  /** Record the conversations. */
  record?: boolean;
  /** Of what is recorded: how much, by whose leave, and how long it is kept. */
  recording?: RecordingRule;
  relax?: RelaxModel[];
  reserve?: Reserve[];
  ring_s?: number;
  ring_several?: number;
  score?: Score;
  /** Wanted share of contacts answered within `answer_within_s`, in per cent. */
  service_level_percent?: number;
  share_ppm?: number;
  short_abandon_s?: number;
  /** An agent must have all of these skills, */
  skills?: Record<string, Need>;
  /** Head start by tier and value: `vip_bonus = { tiers = { gold = 60 } }`. */
  vip_bonus?: VipBonus;
  wrap_up?: WrapUp;
}

export interface QueueRules {
  choices: Choices;
  contact_selection: ContactSelection;
  /** Of a queue of which nothing is said. */
  defaults: QueueModel;
  findings: Finding[];
  key: string;
  /** `null`: the rules promise nothing. */
  overtaking_bound_s: number | null;
  rules: QueueModel;
  version: number;
}

/** Counts with everything that is computed from them. */
export interface QueueSheet {
  counts: QueueCounts;
  figures: Figure[];
  service_levels: Figure[];
}

/** One queue since midnight of the center's zone. */
export interface QueueTile {
  abandoned: number;
  answered: number;
  /** Mean wait of answered calls, milliseconds. */
  asa_ms: number;
  busy: number;
  /** Customers who asked to be called back and were not spoken with yet; those in the line are among `waiting`. */
  call_backs: number;
  /**
   * Part of the spoken waits whose 80 % interval came true, since the start of the server; `None` before the
   * first.
   */
  estimate_hit_rate: number | null;
  id: QueueId;
  key: string;
  longest_since: Micros | null;
  name: string;
  not_ready: number;
  offered: number;
  ready: number;
  reserved: number;
  service_level: ServiceLevel;
  /** Abandoned within the queue's short-abandon threshold; part of `abandoned`. */
  short_abandoned: number;
  waiting: number;
  wrap_up: number;
}

/** The queues and their choices. */
export interface QueuesRules {
  choices: Choices;
  contact_selection: ContactSelection;
  /** Of a queue of which nothing is said. */
  defaults: QueueModel;
  items: Named[];
  version: number;
}

/** Of two raters on the same items. */
export interface RaterAgreement {
  /** Items of which both said the same. */
  agreed: number;
  /** Items that both judged. */
  items: number;
  /**
   * In thousandths: 1000 is full agreement, 0 is what chance gives, below 0 is less than that. `null`: both said one and
   * the same of every item, so chance alone would give it, or there is no item.
   */
  kappa: number | null;
}

/** Two of them. */
export type RaterPair = RaterAgreement & {
  /** Sign-in names. */
  raters: string[];
};

/** Why somebody is not ready; a longer pause than `limit_s` counts as too long. */
export type Reason = Named & {
  limit_s: number | null;
};

/** To whom a contact was handed. */
export type Receiver = {
  agent: AgentId;
  to: 'agent';
} | {
  queue: QueueId;
  to: 'queue';
} | {
  to: 'flow';
} | {
  to: 'outside';
};

/** One change of a record. */
export interface RecordChange {
  at: Micros;
  /** Sign-in name. */
  by: string;
  fields: RecordFieldChange[];
  id: number;
  /**
   * `made`, `changed`, `step`, `deleted`, `undone`, `rule` (its time came), `comment`,
   * `attached`, `detached`, `joined`.
   */
  kind: string;
  /** Rules that acted in it, by their keys. */
  rules: string[];
  /** Of `step`: which. */
  step: string | null;
  /**
   * Of `comment`: what was said; of `rule`: what it could not do; of `attached` and `detached`: the name of the file;
   * of `joined`: the record that went.
   */
  text: string | null;
  /** The version of the record that came of it. */
  version: number;
}

/** One thing that was said. */
export interface RecordComment {
  at: Micros;
  /** Sign-in name. */
  by: string;
  id: number;
  text: string;
}

export interface RecordCommentDraft {
  text: string;
}

/** A new record. What is not said of a field is as the kind says. */
export interface RecordDraft {
  customer?: CustomerId | null;
  fields?: Record<string, unknown>;
  interaction?: InteractionId | null;
}

/** What to do with a row whose record is there already. */
export type RecordDuplicates = 'skip' | 'update' | 'make';

/** What becomes of all records that a list shows. */
export interface RecordEdit {
  /** As in a change of one record; `null` empties. */
  fields?: Record<string, unknown>;
  /** Which records: as the query of a list, `state=open&field.category=repair`. */
  query?: string;
  /** A step of their life to be taken. */
  step?: string | null;
}

/** One field that became something else; references are ids. */
export interface RecordFieldChange {
  after: Record<string, unknown>;
  before: Record<string, unknown>;
  field: string;
}

/** A file beside a record. */
export interface RecordFile {
  at: Micros;
  /** Sign-in name. */
  by: string;
  id: number;
  name: string;
  /** Bytes. */
  size: number;
}

export interface RecordHistory {
  changes: RecordChange[];
  /** `null`: there are no more. */
  next: number | null;
}

export interface RecordInbox {
  items: RecordInboxItem[];
  /** `null`: there are no more. */
  next: number | null;
  /** How many were not read; a thousand at most. */
  unread: number;
}

export type RecordInboxItem = RecordNotice & {
  /** What the record is called; `null`: it is gone, or not for this one to read. */
  title: string | null;
  why: KindWords | null;
};

export interface RecordInboxRead {
  /** The newest one that was seen. */
  until: number;
}

/** A job on many records of a kind. */
export interface RecordJob {
  at: Micros;
  /** Sign-in name of whoever started it last. */
  by: string;
  counts: RecordJobCounts;
  /** It only looks, or looked, at what would become. */
  dry: boolean;
  edit: RecordJobEdit | null;
  ended: Micros | null;
  /** Why it failed. */
  failure: string | null;
  id: number;
  import: RecordJobImport | null;
  kind: string;
  /** Rows done; while it is taken back: of no meaning. */
  place: number;
  state: RecordJobState;
  /** Rows in all; `null`: not known before the end. */
  total: number | null;
}

/** Rows by what became of them. */
export interface RecordJobCounts {
  /** Taken back. */
  back?: number;
  changed?: number;
  /** Not taken back: changed by somebody since. */
  kept?: number;
  /** New records. */
  made?: number;
  /** With a mistake; nothing of such a row is taken. */
  refused?: number;
  /** Left alone: a record is there already, or it is so already. */
  skipped?: number;
}

export interface RecordJobEdit {
  fields: Record<string, unknown>;
  step: string | null;
}

export interface RecordJobImport {
  /** Keys of the fields by which a record is found that is there already. */
  by: string[];
  duplicates: RecordDuplicates;
  /** `null` of a workbook. */
  encoding: string | null;
  headers: string[];
  /** How the encoding is known: `said`, `certain`, `guessed`, `unsure`. */
  known: string | null;
  /** By column: the key of a field, `number`, `customer`; `null`: not read. */
  mapping: (string | null)[];
  /** Of the file. */
  name: string;
  /** Somebody said so of a file with these headers. */
  remembered: boolean;
  /** The first rows, as they are read. */
  sample: (string[])[];
}

/** Why a row is refused, or what is to be known of it. */
export interface RecordJobMistake {
  code: string;
  /** The header of the column, or the key of the field; empty where it is the whole row's. */
  column: string;
  message: KindWords;
}

/** What became of one row. */
export interface RecordJobRow {
  how: RecordJobRowHow;
  /** Of a file its line, from 1; of a change the place of the record among them. */
  line: number;
  mistakes: RecordJobMistake[];
  /** The record that was made, changed or found. */
  record: number | null;
  /** Of the record, as it was called then. */
  title: string | null;
}

export type RecordJobRowHow = 'waiting' | 'made' | 'changed' | 'skipped' | 'refused' | 'back' | 'kept';

/** Rows in their order. */
export interface RecordJobRows {
  /** The line to go on after; `null`: there are no more. */
  next: number | null;
  rows: RecordJobRow[];
}

/** What is not said stays as it was proposed. */
export interface RecordJobRun {
  /** Of an import: keys of the fields by which a record is found that is there already. */
  by?: string[] | null;
  /** Only look at what would become. */
  dry?: boolean;
  duplicates?: RecordDuplicates | null;
  /** Of an import, by column: the key of a field, `number`, `customer`; `null`: not read. */
  mapping?: (string | null)[] | null;
}

export type RecordJobState = 'new' | 'checking' | 'checked' | 'running' | 'done' | 'undoing' | 'undone' | 'stopped' | 'failed';

export interface RecordJoin {
  /** The record that is the same, and goes. */
  other: number;
  /** Of the record that stays, as it was seen; without it, whatever it is. */
  version?: number | null;
}

/** What the asker may do with it. */
export interface RecordMay {
  delete: boolean;
  write: boolean;
}

/** Something that a rule told somebody. */
export interface RecordNotice {
  at: Micros;
  id: number;
  /** Of the record. */
  kind: string;
  /** Rules that made records of each other until they were stopped: `case.again → case.again`. */
  path: string | null;
  read: Micros | null;
  record: number;
  /** The rule, by its key. */
  rule: string;
}

export interface RecordPage {
  /** There are more than `total`. */
  capped: boolean;
  /** `null`: there are no more. */
  next: string | null;
  records: RecordSheet[];
  /** What the field of `sum` adds up to: one a currency. */
  sums: RecordSum[];
  total: number;
}

/** What is named becomes so; `null` empties a field. */
export interface RecordPatch {
  fields?: Record<string, unknown>;
  /** Of the record as it was seen; without it, whatever it is. */
  version?: number | null;
}

export interface RecordPerson {
  /** Sign-in name. */
  id: string;
  title: string;
}

export interface RecordReference {
  id: number;
  /** `null`: it is not there any more. */
  title: string | null;
}

/** Each may do what the ones before it may. */
export type RecordRole = 'agent' | 'supervisor' | 'admin';

/**
 * A record. What stands in `fields` is of the type that its kind says; references, persons and teams are
 * `{id, title}`.
 */
export interface RecordSheet {
  created: Micros;
  created_by: RecordPerson;
  customer: RecordReference | null;
  fields: Record<string, unknown>;
  id: number;
  interaction: InteractionId | null;
  may: RecordMay;
  number: string | null;
  /** When it came to that state. */
  since: Micros;
  state: string | null;
  /** Steps that the asker may take from here. */
  steps: string[];
  title: string;
  updated: Micros;
  updated_by: RecordPerson;
  version: number;
}

export interface RecordSum {
  amount: string;
  /** `null` of numbers. */
  currency: string | null;
}

export interface RecordUndo {
  /** The id of a change of fields. */
  change: number;
}

/** A way to look at the records of a kind. */
export interface RecordView {
  id: number;
  name: string;
  /** Sign-in name. */
  owner: string;
  /** As behind `?` in the address of the page: `state=open&sort=-due&show=board`. */
  query: string;
  /** Everybody who reads the kind sees it. */
  shared: boolean;
}

/** A way to look at a list. */
export interface RecordViewDraft {
  name: string;
  /** As behind `?` in the address of the page: `state=open&sort=-due&show=board`. */
  query: string;
  /** For everybody who reads the kind; of supervisors and above. */
  shared?: boolean;
}

/** One line of the log. */
export interface RecordingLine {
  at: Micros;
  /** Why, where somebody said why. */
  detail: string;
  user: string;
  what: RecordingUse;
}

/** A recording as the store knows it. */
export interface RecordingRow {
  /** When it was whole. */
  at: Micros;
  /** Of the WAV. */
  bytes: number;
  channels: number;
  /** Nothing of it was lost. */
  complete: boolean;
  deleted: Micros | null;
  /** `retention`, or who did it. */
  deleted_by: string | null;
  duration_ms: number;
  /** Id of the master key that opens it; `null`: it is in clear. */
  key: string | null;
  /** Of the WAV, in hexadecimal: what `sha256sum` says of the downloaded file. */
  sha256: string;
}

/** What of a queue's conversations is recorded, and how long that is kept. */
export interface RecordingRule {
  /** Only of callers who have said yes. */
  consent?: boolean;
  /** Days until it is deleted; `None`: as the number has it, else the center. */
  keep_days?: number | null;
  /** Of a hundred conversations so many. 1-100. */
  share_percent?: number;
}

/** What can be done with a recording, as it is written down. */
export type RecordingUse = 'played' | 'downloaded' | 'verified' | 'held' | 'freed' | 'deleted';

export type Refusal = 'unknown_agent' | 'not_signed_in' | 'no_call' | 'wrong_state' | 'unknown_reason' | 'unknown_disposition' | 'disposition_required' | 'disposition_not_offered' | 'note_required' | 'pause_full' | 'wrap_up_not_extensible' | 'nothing_to_wrap_up' | 'unknown_interaction' | 'unknown_customer' | 'unknown_call_back' | 'unknown_alert' | 'unknown_phone' | 'unknown_queue' | 'bad_number' | 'bad_digits' | 'no_route' | 'spent' | 'capped' | 'target_unavailable' | 'unavailable' | 'not_allowed' | 'no_microphone' | 'unknown_flow' | 'no_voicemail' | 'unknown_slot' | 'slot_taken';

/** Beside the words of the center. */
export type RefusedWord = 'refused';

/** What is known of a registration. */
export interface RegistrationView {
  path: string[];
  registered: boolean;
  service_route: string[];
  /** Of the registrar's last answer; 408 for none, 503 for no way there. */
  status: number | null;
  until: Micros | null;
}

/** What would come of a contact. */
export type Rehearsal = RehearsalEnd & {
  at: Micros;
  moved: Moved[];
  /** Key of the queue it would be in. */
  queue: string | null;
};

export type RehearsalEnd = {
  outcome: 'rings';
  rings: RehearsalRing[];
} | {
  outcome: 'waits';
  waits: RehearsalWait;
} | {
  leaves: Left;
  outcome: 'leaves';
};

/** An agent whose phone would ring. */
export interface RehearsalRing {
  agent: AgentId;
  agent_key: string | null;
  why: Words;
}

/** The place in the line that it would have. */
export interface RehearsalWait {
  arrived: Micros;
  bonus_s: number;
  estimate: WaitEstimate | null;
  excluded: Excluded[];
  overtaking_bound_s: number | null;
  /** 1 is next. */
  position: number;
  priority: number;
  queue: QueueId;
  ringing: AgentId[];
  stage: number;
  waits_for: AgentId | null;
  waits_until: Micros | null;
  why: Words;
  widens_at: Micros | null;
}

export interface Rehearse {
  /** Key of the agent it should get; with `agent_wait_s` only for so long. */
  agent?: string | null;
  agent_wait_s?: number | null;
  at?: string | null;
  bonus_s?: number;
  contact_selection?: ContactSelection | null;
  /** 1 is the most urgent; the queue's own without it. */
  priority?: number | null;
  /** Key of the queue. */
  queue: string;
  /** Other rules, as for a shadow: patches of queues, the contact policy, or a center file. */
  queues?: Record<string, Record<string, unknown>>;
  rules?: string | null;
  /** Skills that the contact asks for beside its queue, with the least level. */
  skills?: Record<string, number>;
}

/** [`crate::acd::RelaxStep`] with keys for ids. */
export interface RelaxModel {
  add_groups?: string[];
  add_queues?: string[];
  after_ms?: number;
  drop?: string[];
  lower?: Record<string, number>;
  min_level?: number | null;
  when?: Condition | null;
}

/** What a replay came to, for people and programs. */
export interface ReplayReport {
  /** Time of the checkpoint it began with; after `from` when the journal is younger. */
  began: Micros;
  /** Digests of outputs and states compared with those of then. */
  compared: number;
  /** Contacts given to agents, of these. */
  decisions: number;
  /** The first of them. */
  first_mismatches: Mismatch[];
  from: Micros;
  /** In that time. */
  inputs: number;
  /** Inputs since the last start of the server, and the router's state after them; 16 hex digits. */
  inputs_since_start: number;
  /** Of these; 0 is right. */
  mismatches: number;
  /** Another version wrote some of it: where it decided otherwise, that is a mismatch. */
  other_program: boolean;
  /** Over every output in that time; 16 hex digits. */
  outputs_hash: string;
  /** Version of the program that ran it, and of those that wrote the journal, the earliest first. */
  program: string;
  /** Starts of a server, the first included. */
  starts: number;
  state_hash: string;
  to: Micros;
  /** Inputs before `from`, from the nearest checkpoint on. */
  warm_up: number;
  written_by: string[];
}

export interface ReplayTimes {
  from: string;
  to: string;
}

/** What a command came to: the center's word, or a refusal before it got there. */
export type Reply = CommandOutcome | {
  /** `bad_message`, `not_allowed`, `overloaded`, `not_saved`. */
  code: string;
  message: string;
  result: RefusedWord;
};

/** The answer to a command. */
export interface ReplyMessage {
  data: Reply;
  /** Of the command; `null` where it could not be read. */
  id: string | null;
  type: 'reply';
}

/** The answer of a report. */
export interface ReportAnswer {
  /** Names of the agents in the rows, by key. */
  agents: Record<string, string>;
  chart: ReportChart | null;
  columns: ReportColumn[];
  from: Micros;
  /** `null`: of a text that is only tried. */
  key: string | null;
  /** There are more rows than these. */
  more: boolean;
  /** Values in the order of the columns. */
  rows: (ReportCell[])[];
  /** As the report says it. */
  sql: string;
  /** As the database was asked: the same figures for whoever runs it. */
  statement: string;
  to: Micros;
  took_ms: number;
  zone: string;
}

/** A value. */
export type ReportCell = number | string | null;

/** How an answer is drawn. */
export type ReportChart = {
  kind: 'lines';
  x: string;
  y: string[];
} | {
  kind: 'bars';
  x: string;
  y: string[];
} | {
  kind: 'heat';
  rows: string;
  x: string;
  y: string[];
} | {
  kind: 'spans';
  of: string;
  rows: string;
  x: string;
  y: string[];
};

/** A column of an answer. */
export interface ReportColumn {
  /** In words of the views. */
  formula?: string;
  key: string;
  name: ReportWording;
  unit: ReportUnit;
}

/** What a report can be narrowed by. */
export type ReportFilter = 'queue' | 'agent';

/** How it is answered. */
export type ReportFormat = 'json' | 'csv' | 'xlsx' | 'pdf';

/** All there are for somebody. */
export interface ReportList {
  items: BuiltInReport[];
  own: OwnReport[];
}

/** A number that a report asks for: `:minutes` in its text. */
export interface ReportNumber {
  key: string;
  least: number;
  most: number;
  name: ReportWording;
  usual: number;
}

/** A text that is run and not kept. */
export interface ReportTrial {
  /** The agent's key. */
  agent?: string | null;
  format?: ReportFormat;
  /** As of `/statistics`; a day ago without it. */
  from?: string | null;
  /** For what else the text asks: `:minutes`. */
  numbers?: Record<string, number>;
  /** Its key. */
  queue?: string | null;
  sql: string;
  to?: string | null;
  zone?: string | null;
}

/** What the values of a column are. */
export type ReportUnit = 'count' | 'ratio' | 'span' | 'fine' | 'time' | 'score' | 'weekday' | 'hour' | 'queue' | 'agent' | 'disposition' | 'reason' | 'state' | 'contact' | 'word' | 'text' | 'plain';

/** A text in both languages. */
export interface ReportWording {
  en: string;
  zh: string;
}

/** One offer of one contact to one agent, from ring to answer or redirect. */
export type ReservationId = number;

export interface Reserve {
  agents: number;
  group: string;
}

/** First contact resolution of a time. */
export interface Resolution {
  by: ResolutionBy;
  days: number;
  from: Micros;
  items: ResolutionRow[];
  to: Micros;
  total: ResolutionSheet;
}

export type ResolutionBy = 'queue' | 'agent' | 'day';

/** `contacts` = `unknown_customer` + `still_open` + `decided`. */
export interface ResolutionCounts {
  contacts: number;
  /** All others: their days are over. */
  decided: number;
  first: number;
  /** Of the decided. */
  repeated: number;
  /** First and not repeated. */
  resolved_at_first: number;
  still_open: number;
  /** Of these, repeated already. */
  still_open_repeated: number;
  /** Neither a record nor a number. */
  unknown_customer: number;
}

/** A figure with its formula, the days in it. */
export interface ResolutionFigure {
  formula: string;
  name: string;
  value: number | null;
}

export type ResolutionRow = ResolutionSheet & {
  /** Of a day: its beginning. */
  at?: Micros;
  id?: number;
  /** Of a day: its date. */
  key: string;
  name: string;
};

/** Counts with what is computed from them. */
export interface ResolutionSheet {
  counts: ResolutionCounts;
  figures: ResolutionFigure[];
}

/** Why a ring is over without the agent who was rung. */
export type RingEnd = 'no_answer' | 'declined' | 'no_media' | 'caller_gone' | 'unreachable';

/** Each may do what the ones before it may. */
export type Role = 'agent' | 'supervisor' | 'admin';

/** Score in seconds of waiting: `min(base_s + bonus + priority, max_bonus_s) + ageing x wait`. */
export interface Score {
  /** Seconds of score per second of waiting, in millionths. */
  ageing_ppm?: number;
  /** Head start of every contact of the queue, in milliseconds. */
  base_ms?: number;
  /** No head start is larger than this, whatever its reasons. */
  max_bonus_s?: number;
}

/** A scorecard of the center. */
export interface Scorecard {
  card: ScorecardModel;
  key: string;
  name: Named;
}

/** How far those agree who judged a contact by one scorecard. */
export interface ScorecardAgreement {
  /** The mean of all pairs that have one, in thousandths. */
  kappa: number | null;
  pairs: RaterPair[];
}

/** One thing that is judged. */
export interface ScorecardItem {
  /** No point here, and the whole evaluation is 0. */
  fatal: boolean;
  /** What earns how many points. */
  guide: Label;
  /** What the answers go by; one of its card. */
  key: string;
  name: Label;
  /** May be not applicable: then it counts nothing. */
  optional: boolean;
  /** The most that can be given: 1 is yes or no. 1-10. */
  points: number;
  /** Against the other items of its section. 1-100. */
  weight: number;
}

/** What is said of a scorecard. What was judged by it are rows of the store, each with the card as it was then. */
export interface ScorecardModel {
  name: Label;
  /** Which contacts are judged by themselves. */
  pick: ScorecardPick;
  /** Keys of the queues whose contacts it is for; none: all contacts that an agent spoke in. */
  queues: string[];
  sections: ScorecardSection[];
}

/** Which contacts a scorecard is filled in for, and by whom. */
export interface ScorecardPick {
  /** All in which the customer was on hold at least so long, seconds. */
  held_s: number | null;
  /** Of one agent at most so many in one go. */
  most_per_agent: number | null;
  /** All of agents whose first contact was at most so many days before. */
  new_agent_days: number | null;
  /** Sign-in names of those who judge; none: nothing is picked. */
  raters: string[];
  /** Of a hundred contacts so many, by chance. */
  share_percent: number;
  /** What a survey's answer is called on the contact. */
  survey: string;
  /** All of which that answer is at most this; of no effect without `survey`. */
  survey_most: number | null;
}

/** What was picked. */
export interface ScorecardPicked {
  begun: number;
}

/** From which time contacts are picked. */
export interface ScorecardPicking {
  /** Contacts that began then or later: `-1d`, microseconds, or RFC 3339. */
  from: string;
  /** The same seed picks the same. Without one, the beginning of the time is. */
  seed?: number | null;
  /** And before. */
  to: string;
}

/** A part of a scorecard. */
export interface ScorecardSection {
  items: ScorecardItem[];
  name: Label;
  /** Against the other sections. 1-100. */
  weight: number;
}

/** The caller's record on the screen before "hello". */
export interface ScreenPop {
  called: string;
  /** As people read it. */
  called_shown: string;
  /** E.164, or `None` when withheld. */
  caller: string | null;
  /** As people read it: `+49 30 12345678`, a user name, or empty. */
  caller_shown: string;
  /** The campaign that the call is for. */
  campaign?: CampaignPop;
  /** Several customers share it. */
  candidates: CustomerCard[];
  customer: CustomerCard | null;
  /** Whether the customer called or is called. */
  direction?: CallDirection;
  /** What the caller typed in the flow. */
  entered: Entered[];
  /** Who sent or asked for the call, and what for. */
  handed?: Handed;
  interaction: InteractionId;
  /** The store has not answered yet; a `pop.updated` follows. */
  looking_up: boolean;
  /** What the caller chose: names of dialplan steps or digits. */
  menu_path: string[];
  place_kept: PlaceKept | null;
  queue: string;
  queue_name: string;
  reservation: ReservationId;
  waited_ms: number;
  /** Why this agent, in words. */
  why: Words;
}

/** A stretch of a contact. */
export type Segment = Holder & {
  from: Micros;
  /** The agent who handed it to this holder; `None`: no agent did. */
  handed?: Handover;
  until: Micros | null;
};

/** A service level never stands without its formula (features.md §5.1). */
export interface ServiceLevel {
  /** `V8`: answered within T / (answered + abandoned - abandoned within S). */
  formula: string;
  short_abandon_s: number;
  /** Wanted share, 0..=1. */
  target: number;
  threshold_s: number;
  /** 0..=1; `None` before the first countable call. */
  value: number | null;
}

export interface SetupEntry {
  /** Those that differ from their default. No passwords. */
  fields: Record<string, unknown>;
  key: string;
  /** Passwords that are known: `password`, `sip`, `account.password`. */
  secrets: string[];
  /** Of the center, in which this object became what it is. */
  version: number;
}

/** One field of an object. */
export interface SetupField {
  form: SetupForm;
  key: string;
  /** May be without a value: then it is as somebody else has it, or there is none. */
  optional: boolean;
  /** Few centers change it. */
  rare: boolean;
}

/** What its value looks like. */
export type SetupForm = {
  is: 'label';
} | {
  is: 'text';
} | {
  is: 'texts';
} | {
  is: 'flag';
} | {
  is: 'choice';
  words: string[];
} | {
  is: 'choices';
  words: string[];
} | {
  is: 'number';
  least: number;
  most: number;
  unit: SetupUnit | null;
} | {
  is: 'one';
  kind: string;
} | {
  is: 'several';
  kind: string;
} | {
  is: 'levels';
} | {
  is: 'zone';
} | {
  is: 'flow';
} | {
  is: 'steps';
} | {
  is: 'week';
} | {
  is: 'special';
} | {
  is: 'password';
} | {
  fields: SetupField[];
  is: 'fields';
} | {
  fields: SetupField[];
  is: 'rows';
} | {
  is: 'written';
};

/** What forms are made of. */
export interface SetupForms {
  /** That a number can lead to. */
  flows: string[];
  kinds: SetupKind[];
}

export interface SetupHistory {
  items: ObjectChange[];
  /** For `before`; `null`: there are no more. */
  next: number | null;
}

/** A way in that works once. */
export interface SetupInvitation {
  expires: Micros;
  /** Behind the address of this server: `/#/link/TOKEN`. */
  link: string;
}

/** The fields of a kind, as a form asks for them. */
export interface SetupKind {
  fields: SetupField[];
  kind: string;
}

/** One object, its text and who refers to it. */
export type SetupObject = SetupEntry & {
  defaults: Record<string, unknown>;
  kind: string;
  /** As in a center file, without passwords. */
  toml: string;
  /** Fields that refer to it, as `queue.vip.skills.mandarin`: it cannot go while there are any. */
  used_by: string[];
};

/** The objects of one kind, in their order. */
export interface SetupObjects {
  /** Every field of an object of which nothing is said. */
  defaults: Record<string, unknown>;
  items: SetupEntry[];
  kind: string;
  /** Of the center. */
  version: number;
}

/** Those that are named come first, in this order. */
export interface SetupOrder {
  keys: string[];
}

/** What many objects are to be. */
export interface SetupPatch {
  /** Kind to key to the fields that change. */
  objects: Record<string, unknown>;
}

/** What an object is to be. */
export interface SetupPut {
  fields: Record<string, unknown>;
}

export interface SetupRestore {
  /** Of the center. */
  version: number;
}

/** What a number counts. */
export type SetupUnit = 'seconds' | 'milliseconds' | 'minutes' | 'days' | 'percent';

export type Severity = 'error' | 'warning';

/** A shadow, if there is one. */
export type Shadow = ShadowOff | ShadowReport;

/** What a shadow was started for. */
export interface ShadowAbout {
  author: string;
  changes: CenterChange[];
  findings: Finding[];
  /** Version of the center it is compared with. */
  version: number;
}

export type ShadowDecided = Words & {
  agent: AgentId;
  agent_name: string;
  waited_ms: number;
};

/**
 * Contacts that both sides have decided: `compared` is `same_agent`, `other_agent`, the two `only` and `neither`
 * together.
 */
export interface ShadowDecisions {
  compared: number;
  later: number;
  /** Answered by neither. */
  neither: number;
  /** Answered by one side only. */
  only_live: number;
  only_shadow: number;
  other_agent: number;
  same_agent: number;
  /** Answered a second or more sooner (later) by the shadow. */
  sooner: number;
}

/** How one contact fared on the two sides. */
export interface ShadowDifference {
  came: Micros;
  contact: ContactId;
  live: ShadowDecided | null;
  queue: QueueId;
  queue_name: string;
  shadow: ShadowDecided | null;
}

export interface ShadowOff {
  state: ShadowOffWord;
}

export type ShadowOffWord = 'off';

export interface ShadowQueue {
  live: QueueSheet;
  queue: QueueId;
  queue_name: string;
  shadow: QueueSheet;
}

/** How the decisions of both sides differ. */
export type ShadowReport = ShadowAbout & {
  assumptions: Words[];
  at: Micros;
  decisions: ShadowDecisions;
  /** Inputs of the live router that were taken. */
  inputs: number;
  /** Of contacts that came since. */
  queues: ShadowQueue[];
  /** The newest first. */
  recent: ShadowDifference[];
  since: Micros;
  state: ShadowState;
  until: Micros;
};

export type ShadowState = 'running' | 'rules_changed' | 'expired' | 'incomplete';

export interface SignInLink {
  /** The part after `/#/link/`. */
  token: string;
}

/** Where a client was when it lost the connection. */
export interface Since {
  epoch: string;
  seq: number;
}

/** One SIP message of a contact. */
export interface SipMessage {
  at: Micros;
  call_id: string;
  /** Address and port. */
  from: string;
  /** The first line. */
  line: string;
  /** All of it, without proofs of passwords, keys of media and digits. */
  text: string;
  to: string;
  transport: 'udp' | 'tcp' | 'tls' | 'ws';
}

/** The agent's whole state. */
export interface Snapshot {
  agent: AgentId;
  /** The supervisor, by user name, who asked for this state or the next. */
  by?: string;
  call: CallView | null;
  /** What the agent has asked supervisors for. */
  help?: Help;
  next: NextState | null;
  /** Of supervisors, not read yet; the oldest first. */
  notices: Notice[];
  /** All contacts on hand, the one that came last first. */
  on_hand: ContactOnHand[];
  /** What anybody may pick up, by slot. */
  parked: ParkedCall[];
  phone_reachable: boolean;
  pop: ScreenPop | null;
  /** Whom the agent is about to call for a campaign. */
  preview?: Preview;
  since: Micros;
  state: AgentState;
  /** Of today, for "my day". */
  today: AgentDay;
}

/** What prompts are spoken in. */
export type SpokenLanguage = 'zh' | 'en';

export type Standstill = WaitingView & {
  /** Agents who cannot have it: one entry each until the list is full, then counted. */
  excluded: Excluded[];
  /**
   * Who comes more seconds after it is not served before it by an agent who could serve both; `None`: the
   * rules promise nothing (docs/fairness.md).
   */
  overtaking_bound_s: number | null;
  waits_for: AgentId | null;
  waits_until: Micros | null;
  widens_at: Micros | null;
};

export interface StateHash {
  at: Micros;
  /** Given to the router since the start. */
  inputs: number;
  /** 16 hex digits. */
  state_hash: string;
}

export type StateKind = 'open' | 'waiting' | 'done';

/** The figures of a time. */
export interface Statistics {
  by: StatisticsBy;
  from: Micros;
  /** `all`, `seconds`, `day`, `week`, `month`. */
  interval: string;
  /** Of intervals in seconds. */
  interval_s: number | null;
  items: StatisticsRow[];
  to: Micros;
}

export type StatisticsBy = 'queue' | 'agent' | 'skill' | 'channel';

export type StatisticsFigures = QueueSheet | AgentSheet;

/** One row: an interval of one queue, skill, channel or agent. */
export type StatisticsRow = StatisticsFigures & {
  /** Beginning of the interval. */
  at: Micros;
  id?: number;
  key: string;
  name: string;
};

export interface Staying {
  after_s: number;
  /** What the exponential says to the same. */
  exponential: number | null;
  high: number;
  /** 95 % interval, on the scale of log(-log), from Greenwood's variance. */
  low: number;
  /** 0..=1. */
  part: number;
}

/** A task with its number in the store. */
export type StoredTask = TaskRecord & {
  customer_name: string | null;
  id: number;
  outcome: Outcome | null;
};

export type SuperviseCommand = {
  agent: AgentId;
  type: 'agent.set_ready';
} | {
  agents: AgentId[];
  type: 'agent.set_ready_together';
} | {
  agent: AgentId;
  reason: string;
  type: 'agent.set_not_ready';
} | {
  agent: AgentId;
  type: 'agent.sign_out';
} | {
  agent: AgentId;
  interaction?: InteractionId | null;
  type: 'agent.hang_up';
} | {
  agent: AgentId;
  /** SIP user of the supervisor's own phone; a desktop's server fills in its own. */
  phone?: string | null;
  type: 'agent.supervise';
  watch: Watch;
} | {
  agent: AgentId;
  type: 'agent.supervise_end';
} | {
  agent: AgentId;
  type: 'agent.take_call';
} | {
  alert: AlertId;
  type: 'alert.acknowledge';
} | {
  agent: AgentId;
  type: 'agent.help_end';
} | {
  to: Addressees;
  type: 'agent.notify';
  /** 1 to 500 characters. */
  words: string;
} | {
  interaction: InteractionId;
  /** 1 is the most urgent, 255 the least. */
  priority: number;
  type: 'contact.raise';
} | {
  interaction: InteractionId;
  /** 1 is the most urgent; `None`: the queue's own. */
  priority?: number | null;
  /** Its key. */
  queue: string;
  type: 'contact.move';
} | {
  agent: AgentId;
  interaction: InteractionId;
  type: 'contact.give';
} | {
  interaction: InteractionId;
  type: 'contact.call_back';
} | {
  interaction: InteractionId;
  type: 'contact.hang_up';
} | {
  language?: SpokenLanguage | null;
  /** As people write it. */
  number: string;
  /** Key of the queue for which it is: its caller id holds. Left out: the one that is named by `with`, or none. */
  queue?: string | null;
  type: 'call.place';
  with: Target;
} | {
  call_back: InteractionId;
  type: 'call_back.cancel';
};

/**
 * How the time in which a party talked with others divides: the four parts add up to the whole. Not counted is the
 * time on hold, with music or a menu, and that in which one of them is heard in a codec nobody here decodes.
 */
export interface TalkTime {
  /** Both: talk-over. */
  both_ms: number;
  of_ms: number;
  /** One or more of the others alone. */
  others_ms: number;
  /** The party alone speaks. */
  own_ms: number;
  /** Nobody. */
  silent_ms: number;
}

/** Where a call may go. */
export type Target = {
  agent: AgentId;
  kind: 'agent';
} | {
  kind: 'queue';
  /** 1 is the most urgent; `None`: the queue's own. */
  priority?: number | null;
  queue: string;
} | {
  kind: 'number';
  number: string;
} | {
  flow: string;
  kind: 'flow';
} | {
  kind: 'queue_voicemail';
  queue: string;
} | {
  agent: AgentId;
  kind: 'agent_voicemail';
};

/** Something owed to a customer. */
export type Task = StoredTask & {
  /** As people read it. */
  number_shown: string | null;
};

/**
 * Something to do for a customer, such as calling back after an interruption. An interaction has
 * at most one task of a kind.
 */
export interface TaskRecord {
  customer: CustomerId | null;
  due: Micros;
  interaction: InteractionId;
  /** [`CALLBACK`], [`VOICEMAIL`]. */
  kind: string;
  note: string;
  number: Number | null;
}

export interface Ticket {
  expires_in_s: number;
  ticket: string;
}

/**
 * An interaction as the timeline of a customer shows it: the agent by name, queue and disposition by key,
 * so that each reader sees them in the own language.
 */
export interface TimelineEntry {
  /** The agent's name, and the key. */
  agent: string | null;
  agent_key: string | null;
  at: Micros;
  channel: Channel;
  direction: CallDirection;
  disposition: string | null;
  interaction: InteractionId;
  notes: string;
  outcome: Outcome | null;
  queue: string | null;
  talk_ms: number;
}

/** One contact's part when as many contacts as possible were given an agent at one time. */
export interface Together {
  agents: number;
  /** In the order of the policy. An agent chosen from beyond the list stands at its end. */
  candidates: AgentCandidate[];
  chosen: AgentId;
  contacts: number;
  /** Why each candidate before the chosen one went elsewhere, in the same order. */
  passed_over: Elsewhere[];
  /** Place of the contact in the order of the rules among those that could be served; 1 chose first. */
  place: number;
  policy: AgentSelection;
  /** Contacts that got an agent at this time, of how many; agents there were for them. */
  served: number;
}

export type Topic = 'agent' | 'board' | 'records';

export interface TriedRules {
  contact_selection?: ContactSelection | null;
  /** A center file. */
  file?: string | null;
  /** Key to patch, as for `PATCH /center/queues/{key}`. */
  queues?: Record<string, Record<string, unknown>>;
}

/** A line that calls go out through. */
export interface Trunk {
  /** Out through it now. */
  calls: number;
  /** Transport and address, as set. */
  destination: string | null;
  key: string;
  /** In the language of the user. */
  name: string | null;
  registration: RegistrationView | null;
  /** From the last OPTIONS to its answer. */
  round_trip_us: number | null;
  /** In this state since then. */
  since: Micros;
  state: TrunkState;
  why: TrunkTrouble | null;
}

/** Should calls go through it? The better comes first. */
export type TrunkState = 'up' | 'probing' | 'down';

/** Why a trunk is not up. */
export type TrunkTrouble = 'silent' | 'no_way' | 'busy' | 'refusing';

/** Why nobody is called back at a number. */
export type Uncallable = 'short' | 'dear' | 'own' | 'no_way' | 'not_a_number';

/** From orders of so much on: so many seconds. */
export interface ValueStep {
  bonus_s: number;
  /** In the smallest unit of the currency ([`CustomerCard::value_minor`]). */
  from_minor: number;
}

/** What became of a comparison. */
export interface Verified {
  /** As it was when it was ended. */
  recorded_sha256: string;
  /** The file is what it was when it was ended. */
  same: boolean;
  /** Of the WAV as it is now. */
  sha256: string;
}

export interface VersionDetail {
  at: Micros;
  author: string;
  changes: CenterChange[];
  /** The center file, without passwords. */
  file: string;
  version: number;
}

/** A card with its version, which an edit names. */
export type VersionedCustomer = CustomerCard & {
  version: number;
};

export interface Versions {
  items: CenterVersion[];
  /** For `before`; `null`: there are no more. */
  next: number | null;
}

/**
 * Head start of a customer by tier and by value, added to what the flow gives; `score.max_bonus_s` caps it
 * together with all other reasons. Who is not known for certain when the line begins has none.
 */
export interface VipBonus {
  /** The customer's tier to seconds. */
  tiers?: Record<string, number>;
  /** The highest step that the customer reaches counts. */
  values?: ValueStep[];
}

/** An estimate fit to be spoken. */
export interface WaitEstimate {
  by: Predictor;
  high_s: number;
  /** Four in five contacts wait between these. */
  low_s: number;
  seconds: number;
}

export interface Waiting {
  at: Micros;
  items: WaitingContact[];
}

/** A contact in the line. */
export type WaitingContact = Standstill & {
  caller: Caller | null;
  queue_key: string;
  /** Place and state, then a reason a line. */
  why: Words;
};

export interface WaitingView {
  arrived: Micros;
  bonus_s: number;
  contact: ContactId;
  /** 1 is next. */
  position: number;
  priority: number;
  queue: QueueId;
  /** The agents it rings now. */
  ringing: AgentId[];
  /** Relaxation steps in force. */
  stage: number;
}

/** How a supervisor takes part in a call. */
export type Watch = 'listen' | 'whisper' | 'barge';

export interface WeightedNeed {
  /** Minimum level, 1-10. */
  min: number;
  /** How much this skill counts when agents are compared. */
  weight: number;
}

export interface WhatIf {
  /** Answered contacts that had no conversation then: one of their queue's was drawn for them. */
  borrowed_conversations: number;
  from: Micros;
  inputs: number;
  losers: number;
  now: WhatIfTotal;
  /**
   * Between which `now` lies when the mean patience is at the ends of its 95 % interval: with the
   * shortest, with the longest.
   */
  now_by_patience: WhatIfTotal[] | null;
  patience: Patience;
  queues: WhatIfQueue[];
  then: WhatIfTotal;
  to: Micros;
  top_losers: Fate[];
  /** The first of each, those with the largest difference first. */
  top_winners: Fate[];
  unchanged: number;
  /** Contacts answered at least a second sooner, or answered at all; and the other way round. */
  winners: number;
}

export interface WhatIfQuestion {
  contact_selection?: ContactSelection | null;
  from: string;
  /** Patches on it, by queue, as for a shadow. */
  queues?: Record<string, Record<string, unknown>>;
  /** A center file; without one, the present center. */
  rules?: string | null;
  to: string;
  /** Winners and losers listed; at most 200. */
  top?: number;
}

export interface WhatIfQueue {
  id: QueueId;
  key: string;
  now: WhatIfSide;
  then: WhatIfSide;
}

/** The figures of a queue, or of all together. */
export interface WhatIfSide {
  abandoned: number;
  /** (B - B<=S) / (offered - B<=S). */
  abandonment: number | null;
  answered: number;
  /** Mean wait of answered contacts, seconds. */
  asa_s: number | null;
  longest_wait_s: number;
  offered: number;
  /** `V8`: answered within T / (answered + abandoned - abandoned within S), T and S of the given rules. */
  service_level: number | null;
}

/** All queues together, and the agents. */
export type WhatIfTotal = WhatIfSide & {
  /** (conversation + wrap-up) / (conversation + wrap-up + ready + ringing), all agents. */
  occupancy: number | null;
};

export type Who = {
  agent: AgentId;
} | {
  contact: ContactId;
};

/** `data` of `board`. */
export type WholeBoard = Board & {
  change: number;
};

/** One decision. Lists are bounded: the best of each rank stand first, the rest is counted. */
export interface Why {
  at: Micros;
  /** Agents and contacts that were looked at and could not be chosen. */
  excluded: Excluded[];
  /** Why the contact stands ahead of its own coming; `None`: it does not. */
  kept?: Kept;
  pick: Pick;
  /** `Rules::version` in force. */
  rules: number;
  /** Relaxation steps in force for the contact; 0: none. */
  stage: number;
  /** How many more stood behind the listed candidates. */
  unlisted: number;
}

/** A sentence in both languages. */
export interface Words {
  en: string;
  zh: string;
}

export interface WrapUp {
  mode?: WrapUpMode;
  seconds?: number;
}

/**
 * | mode | after the conversation | ends |
 * | --- | --- | --- |
 * | `None` | ready at once | |
 * | `Optional` | ready at once; the agent may enter it until the next contact | by the agent |
 * | `Discretionary` | wrap-up | by the agent |
 * | `Timed` | wrap-up | by the agent or after `seconds`; may be extended by as much once |
 * | `Fixed` | wrap-up | after `seconds` only |
 * | `Requested` | wrap-up when the agent asked for it during the conversation | by the agent or after `seconds` |
 */
export type WrapUpMode = 'none' | 'optional' | 'discretionary' | 'timed' | 'fixed' | 'requested';
