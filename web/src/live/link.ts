/**
 * The event socket: opens with a ticket, says hello with the last place, follows the numbers, answers
 * commands, and comes back by itself.
 *
 * | state | is | next |
 * | --- | --- | --- |
 * | `connecting` | for the first time: ticket asked, socket opening, or hello said | `up` by `welcome`, else `retrying` |
 * | `up` | events flow | `retrying` when it closes, a number is missing or nothing is heard; `offline` when the browser says so |
 * | `retrying` | tries, and waits (backoff with jitter; at once when the browser is online again) | `up` |
 * | `offline` | the same, and the browser knows of no network | `up`, or `retrying` with a network |
 * | `ended` | the session ended | - |
 *
 * Nothing is queued: a command without a link is refused at once (`link_lost`), one whose answer is cut off is
 * told as such (`unanswered`) as soon as the silence shows that the link is dead.
 */

import { Refused, ticket } from '../api/rest';
import type { BoardChange, Command, DeskEvent, Envelope, EventHead, Reply, Topic, WholeBoard } from '../api/wire';
import { backoff } from './backoff';
import type { News } from './news';
import { LOOK_MS, Pulse } from './pulse';
import { type Place, step } from './sequence';

export type LinkState = 'connecting' | 'up' | 'retrying' | 'offline' | 'ended';

export interface Listener {
  state(state: LinkState): void;
  event(event: DeskEvent): void;
  board(board: WholeBoard): void;
  /** `false`: one before it is missing. */
  boardChanged(change: BoardChange): boolean;
  news(news: News): void;
  /** The server's clock, at each message. Microseconds. */
  clock(at: number): void;
}

const SESSION_ENDED = 4401;
/** A ticket and a welcome must come in this time. */
const OPENING_MS = 5_000;
const HEARTBEATS_MISSED = 2.25;
const COMMAND_MS = 10_000;

export class Link {
  #socket: WebSocket | null = null;
  #place: Place | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #pulse = new Pulse(0, OPENING_MS);
  #waiting = new Map<string, (reply: Reply) => void>();
  #commands = 0;
  #stopped = false;

  constructor(
    private readonly topics: Topic[],
    private readonly listener: Listener,
  ) {
    addEventListener('online', this.wake);
    addEventListener('offline', this.#cut);
    this.listener.state('connecting');
    void this.#open();
  }

  /** Every command has an answer; see the head. */
  ask(command: Command): Promise<Reply> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve(lost);
    const id = `c${++this.#commands}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, unanswered), COMMAND_MS);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.#pulse.asked(performance.now());
      socket.send(JSON.stringify({ id, ...command }));
    });
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener('online', this.wake);
    removeEventListener('offline', this.#cut);
    clearTimeout(this.#retry);
    clearInterval(this.#watchdog);
    this.#socket?.close(1000);
    this.#dropCommands();
  }

  /** The network may be back: no more waiting. */
  readonly wake = (): void => {
    if (this.#retry === undefined) return;
    this.#attempt = 0;
    void this.#open();
  };

  /** What the browser calls offline may still reach a server on this computer: said at once, and tried. */
  readonly #cut = (): void => {
    this.#attempt = 0;
    if (this.#socket) this.#again();
    else if (this.#retry !== undefined) this.listener.state('offline');
  };

  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      const value = await ticket();
      if (!this.#stopped) this.#connect(value);
    } catch (refused) {
      if (refused instanceof Refused && refused.status === 401) this.#end();
      else this.#later();
    }
  }

  #connect(value: string): void {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws?ticket=${encodeURIComponent(value)}`);
    this.#socket = socket;
    this.#watch();
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', since: this.#place, topics: this.topics }));
    socket.onmessage = (message) => this.#socket === socket && this.#read(String(message.data));
    socket.onclose = (closing) => this.#socket === socket && this.#closed(closing.code);
  }

  #closed(code: number): void {
    this.#socket = null;
    clearInterval(this.#watchdog);
    this.#dropCommands();
    if (this.#stopped) return;
    if (code === SESSION_ENDED) this.#end();
    else this.#later();
  }

  #later(): void {
    if (this.#stopped) return;
    this.listener.state(navigator.onLine ? 'retrying' : 'offline');
    this.#retry = setTimeout(() => void this.#open(), backoff(this.#attempt++, Math.random()));
  }

  #end(): void {
    this.stop();
    this.listener.state('ended');
  }

  /** A socket that says nothing is closed, whatever the network pretends. */
  #watch(): void {
    clearInterval(this.#watchdog);
    this.#pulse = new Pulse(performance.now(), OPENING_MS);
    this.#watchdog = setInterval(() => this.#pulse.isDead(performance.now()) && this.#again(), LOOK_MS);
  }

  #again(): void {
    const socket = this.#socket;
    if (!socket) return;
    socket.onclose = null;
    socket.close();
    this.#closed(1006);
  }

  #read(text: string): void {
    this.#pulse.heard(performance.now());
    const envelope = JSON.parse(text) as Envelope | (EventHead & News);
    const at = Date.parse(envelope.at);
    // A whole board is made once for many, and may be older than its way here.
    if (Number.isFinite(at) && envelope.type !== 'board') this.listener.clock(at * 1000);
    switch (envelope.type) {
      case 'welcome':
        this.#pulse.limit(envelope.data.heartbeat_s * 1000 * HEARTBEATS_MISSED);
        this.#attempt = 0;
        this.listener.state('up');
        return;
      case 'heartbeat':
        return;
      case 'board':
        this.listener.board(envelope.data);
        return;
      case 'board.changed':
        if (!this.listener.boardChanged(envelope.data)) this.#again();
        return;
      case 'record.changed':
      case 'kind.changed':
        this.listener.news(envelope);
        return;
      case 'reply':
        if (envelope.id) this.#answer(envelope.id, envelope.data);
        return;
      default:
        this.#follow(envelope);
    }
  }

  #follow(envelope: Envelope & DeskEvent): void {
    const next = step(this.#place, envelope.epoch, envelope.seq, envelope.type === 'snapshot');
    if (next.kind === 'gap') {
      this.#place = null;
      this.#again();
    } else if (next.kind === 'apply') {
      this.#place = next.place;
      this.listener.event(envelope);
    }
  }

  #answer(id: string, reply: Reply): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(reply);
  }

  #dropCommands(): void {
    for (const id of [...this.#waiting.keys()]) this.#answer(id, unanswered);
  }
}

const lost: Reply = { result: 'refused', code: 'link_lost', message: 'no link to the server' };
const unanswered: Reply = { result: 'refused', code: 'unanswered', message: 'the link broke before the answer came' };
