/**
 * The socket under the phone, as JsSIP wants one. It knows when the server is not heard any more: a double CRLF
 * (RFC 5626 §3.5.1) every other second is answered, or the connection is dead whatever the network pretends.
 */

import { LOOK_MS, Pulse } from '../live/pulse';
import { md5Only } from './challenge';

const PING = '\r\n\r\n';
const PING_EVERY_MS = 2_000;
/** A handshake takes less. */
const OPENING_MS = 5_000;
/** Pings and their answers come well within it. */
const SILENT_MS = 4_500;
const PROTOCOL = 'sip';

export class SipSocket {
  readonly sip_uri: string;
  via_transport: string;
  /** JsSIP puts its own here. */
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (data: never) => void = () => undefined;
  #socket: WebSocket | null = null;
  /** Between JsSIP's `connect` and its `disconnect`. */
  #wanted = false;
  #pulse = new Pulse(0, OPENING_MS);
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #pinger: ReturnType<typeof setInterval> | undefined;

  constructor(readonly url: string) {
    const { protocol, host } = new URL(url);
    this.via_transport = protocol === 'wss:' ? 'WSS' : 'WS';
    this.sip_uri = `sip:${host};transport=ws`;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.#socket?.readyState === WebSocket.CONNECTING;
  }

  connect(): void {
    this.#wanted = true;
    if (this.#socket) return;
    const socket = new WebSocket(this.url, PROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#pulse = new Pulse(performance.now(), OPENING_MS);
    socket.onopen = () => this.#opened();
    socket.onclose = ({ wasClean, code, reason }) => this.#over(!wasClean, code, reason);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#heard(data);
    this.#watchdog = setInterval(() => this.#pulse.isDead(performance.now()) && this.#over(true, 4000, 'silent'), LOOK_MS);
  }

  disconnect(): void {
    this.#wanted = false;
    this.#drop();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false;
    this.#pulse.asked(performance.now());
    this.#socket?.send(message as string);
    return true;
  }

  /** The network has changed: is anybody there? Without a connection it is tried at once. */
  probe(): void {
    if (this.isConnected()) this.send(PING);
    else if (this.#wanted) this.connect();
  }

  #opened(): void {
    this.#pulse.heard(performance.now());
    this.#pulse.limit(SILENT_MS);
    this.#pinger = setInterval(() => this.send(PING), PING_EVERY_MS);
    this.onconnect();
  }

  #heard(data: unknown): void {
    this.#pulse.heard(performance.now());
    this.ondata((typeof data === 'string' ? md5Only(data) : data) as never);
  }

  #over(error: boolean, code: number, reason: string): void {
    this.#drop();
    this.ondisconnect(error, code, reason);
  }

  #drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    clearInterval(this.#watchdog);
    clearInterval(this.#pinger);
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }
}
