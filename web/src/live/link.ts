/**
 * The event socket: opens with a ticket, says hello with the last place, follows the numbers, answers
 * commands, and comes back by itself.
 *
 * | state | is | next |
 * | --- | --- | --- |
 * | `connecting` | ticket asked, socket opening, or hello said | `up` by `welcome`, else `retrying` |
 * | `up` | events flow | `retrying` when it closes, a number is missing or two heartbeats are |
 * | `retrying` | waits (backoff with jitter, or the browser says it is online) | `connecting` |
 * | `ended` | the session ended | - |
 */

import { Refused, ticket } from '../api/rest';
import type { Board, Command, DeskEvent, Envelope, Reply, Topic } from '../api/wire';
import { backoff } from './backoff';
import { type Place, step } from './sequence';

export type LinkState = 'connecting' | 'up' | 'retrying' | 'ended';

export interface Listener {
  state(state: LinkState): void;
  event(event: DeskEvent): void;
  board(board: Board): void;
  /** The server's clock, at each message. Microseconds. */
  clock(at: number): void;
}

const SESSION_ENDED = 4401;
/** A ticket and a welcome must come in this time. */
const OPENING_MS = 10_000;
const HEARTBEATS_MISSED = 2.5;
const COMMAND_MS = 10_000;

export class Link {
  #socket: WebSocket | null = null;
  #place: Place | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #heartbeatMs = OPENING_MS;
  #waiting = new Map<string, (reply: Reply) => void>();
  #commands = 0;
  #stopped = false;

  constructor(
    private readonly topics: Topic[],
    private readonly listener: Listener,
  ) {
    addEventListener('online', this.#now);
    void this.#open();
  }

  /** Every command has an answer; without a link it is `refused` with `link_lost`. */
  ask(command: Command): Promise<Reply> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve(lost);
    const id = `c${++this.#commands}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, lost), COMMAND_MS);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      socket.send(JSON.stringify({ id, ...command }));
    });
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener('online', this.#now);
    clearTimeout(this.#retry);
    clearTimeout(this.#watchdog);
    this.#socket?.close(1000);
    this.#dropCommands();
  }

  readonly #now = (): void => {
    if (this.#retry === undefined) return;
    this.#attempt = 0;
    void this.#open();
  };

  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.listener.state('connecting');
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
    this.#heartbeatMs = OPENING_MS;
    this.#watch();
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', since: this.#place, topics: this.topics }));
    socket.onmessage = (message) => this.#socket === socket && this.#read(String(message.data));
    socket.onclose = (closing) => this.#socket === socket && this.#closed(closing.code);
  }

  #closed(code: number): void {
    this.#socket = null;
    clearTimeout(this.#watchdog);
    this.#dropCommands();
    if (this.#stopped) return;
    if (code === SESSION_ENDED) this.#end();
    else this.#later();
  }

  #later(): void {
    if (this.#stopped) return;
    this.listener.state('retrying');
    this.#retry = setTimeout(() => void this.#open(), backoff(this.#attempt++, Math.random()));
  }

  #end(): void {
    this.stop();
    this.listener.state('ended');
  }

  /** A socket that says nothing is closed, whatever the network pretends. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#again(), this.#heartbeatMs);
  }

  #again(): void {
    const socket = this.#socket;
    if (!socket) return;
    socket.onclose = null;
    socket.close();
    this.#closed(1006);
  }

  #read(text: string): void {
    this.#watch();
    const envelope = JSON.parse(text) as Envelope;
    const at = Date.parse(envelope.at);
    if (Number.isFinite(at)) this.listener.clock(at * 1000);
    switch (envelope.type) {
      case 'welcome':
        this.#heartbeatMs = envelope.data.heartbeat_s * 1000 * HEARTBEATS_MISSED;
        this.#attempt = 0;
        this.#watch();
        this.listener.state('up');
        return;
      case 'heartbeat':
        return;
      case 'board':
        this.listener.board(envelope.data);
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
    for (const id of [...this.#waiting.keys()]) this.#answer(id, lost);
  }
}

const lost: Reply = { result: 'refused', code: 'link_lost', message: 'no link to the server' };
