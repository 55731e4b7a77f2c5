/**
 * The browser's phone: one SIP account over WebSocket, one call at a time. JsSIP, and nothing of it
 * outside of this file.
 *
 * It carries media and the local answer. It never ends a call when the page goes: the server keeps the
 * caller, rings again with `X-Carillon-Rejoin: yes`, and that ring is answered at once.
 */

import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, UAConfiguration } from 'jssip/lib/UA';

import type { PhoneAccount } from '../api/wire';
import { md5Only } from './challenge';
import { type PhoneStatus, phoneOff } from './status';

const REGISTER_EXPIRES_S = 120;
/** JsSIP does not try again by itself when the server refused (it may just have started). */
const REGISTER_AGAIN_MS = 2_000;
/** The router decides how long it rings; this only frees a forgotten phone. */
const NO_ANSWER_S = 300;
const TONE_MS = 120;
const TONE_GAP_MS = 70;

export class SipPhone {
  #status: PhoneStatus = { ...phoneOff, line: 'starting' };
  #session: RTCSession | null = null;
  readonly #agent: JsSIP.UA;
  readonly #player = new Audio();
  #again: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    account: PhoneAccount,
    private readonly microphone: () => Promise<MediaStream>,
    private readonly changed: (status: PhoneStatus) => void,
  ) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const configuration: UAConfiguration = {
      sockets: [socketTo(`${scheme}://${location.host}${account.ws_path}`)],
      uri: account.uri,
      authorization_user: account.user,
      password: account.password,
      register: true,
      register_expires: REGISTER_EXPIRES_S,
      session_timers: false,
      no_answer_timeout: NO_ANSWER_S,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: 'Carillon desktop',
    };
    this.#agent = new JsSIP.UA(configuration);
    this.#agent.on('registered', () => this.#set({ line: 'registered' }));
    this.#agent.on('unregistered', () => this.#set({ line: 'retrying' }));
    this.#agent.on('disconnected', () => this.#set({ line: 'retrying' }));
    this.#agent.on('registrationFailed', (failed) => {
      const status = failed.response?.status_code ?? 0;
      this.#set({ line: status === 401 || status === 403 ? 'refused' : 'retrying' });
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#agent.isConnected() && this.#agent.register(), REGISTER_AGAIN_MS);
    });
    this.#agent.on('newRTCSession', (ring: IncomingRTCSessionEvent) => this.#rung(ring));
    this.#agent.start();
    this.#player.autoplay = true;
  }

  async answer(): Promise<void> {
    const session = this.#session;
    if (!session || this.#status.media !== 'incoming') return;
    this.#set({ media: 'answering' });
    try {
      const mediaStream = await this.microphone();
      session.answer({ mediaStream, pcConfig: { iceServers: [], rtcpMuxPolicy: 'require', bundlePolicy: 'max-bundle' } });
    } catch {
      // Without a microphone nobody could be heard: the ring goes on, here or elsewhere.
      this.#set({ media: 'incoming' });
    }
  }

  mute(muted: boolean): void {
    if (muted) this.#session?.mute({ audio: true });
    else this.#session?.unmute({ audio: true });
    this.#set({ muted: muted && this.#session !== null });
  }

  tone(tone: string): void {
    if (this.#status.media !== 'connected') return;
    const transportType = JsSIP.C.DTMF_TRANSPORT.RFC2833 as never;
    this.#session?.sendDTMF(tone, { duration: TONE_MS, interToneGap: TONE_GAP_MS, transportType });
  }

  clear(): void {
    const session = this.#session;
    if (!session || this.#status.media !== 'connected') return;
    this.#gone(session);
    session.terminate();
  }

  /** The shift is over: unregisters. */
  stop(): void {
    clearTimeout(this.#again);
    this.#agent.stop();
    this.#set(phoneOff);
    // What the wire still says is no news of a phone that is off.
    this.#stopped = true;
  }

  #rung({ originator, session, request }: IncomingRTCSessionEvent): void {
    if (String(originator) !== 'remote') return;
    const rejoin = request.getHeader('X-Carillon-Rejoin') === 'yes';
    // One at a time. Media that is still here when the server rings to rejoin is dead.
    if (this.#session && rejoin) this.#session = null;
    if (this.#session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.#session = session;
    const gone = (): void => this.#gone(session);
    session.on('ended', gone);
    session.on('failed', gone);
    session.on('confirmed', () => this.#session === session && this.#set({ media: 'connected' }));
    session.on('peerconnection', ({ peerconnection }) => this.#listen(peerconnection));
    // Host candidates are all there is; waiting for more would delay the answer.
    session.on('icecandidate', ({ ready }) => ready());
    this.#set({ media: 'incoming', muted: false, interaction: request.getHeader('X-Carillon-Interaction') ?? null });
    if (rejoin) void this.answer();
  }

  #gone(session: RTCSession): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#player.srcObject = null;
    this.#set({ media: 'none', muted: false, interaction: null });
  }

  #listen(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ track, streams }) => {
      this.#player.srcObject = streams[0] ?? new MediaStream([track]);
      void this.#player.play().catch(() => undefined);
    });
  }

  #set(part: Partial<PhoneStatus>): void {
    if (this.#stopped) return;
    this.#status = { ...this.#status, ...part };
    this.changed(this.#status);
  }
}

/** JsSIP's socket, with the answers of the server as JsSIP can read them. */
function socketTo(url: string): InstanceType<typeof JsSIP.WebSocketInterface> {
  const socket = new JsSIP.WebSocketInterface(url);
  let deliver: (data: unknown) => void = () => undefined;
  Object.defineProperty(socket, 'ondata', {
    get: () => (data: unknown) => deliver(typeof data === 'string' ? md5Only(data) : data),
    set: (to: typeof deliver) => (deliver = to),
  });
  return socket;
}
