/**
 * The browser's phone: one SIP account over WebSocket, one call at a time. JsSIP, and nothing of it
 * outside of this file and of `test_call`.
 *
 * It carries media and the local answer. It never ends a call when the page goes: the server keeps the
 * caller, rings again with `X-Carillon-Rejoin: yes`, and that ring is answered at once.
 */

import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, UAConfiguration } from 'jssip/lib/UA';

import type { PhoneAccount } from '../api/wire';
import { SipSocket } from './socket';
import { type AnswerRefused, type Media, type PhoneStatus } from './status';

const REGISTER_EXPIRES_S = 120;
/** The server confirms an answer at once. */
const CONFIRMED_MS = 5_000;
/** JsSIP does not try again by itself when the server refused (it may just have started). */
const REGISTER_AGAIN_MS = 2_000;
/** The router decides how long it rings; this only frees a forgotten phone. */
const NO_ANSWER_S = 300;
/** How the server ends the audio of a call that goes on at another phone. */
const TAKEN_OVER = 'taken over at another phone';
const TONE_MS = 120;
const TONE_GAP_MS = 70;

/** What the phone needs, and tells. */
export interface Surroundings {
  /** Open, or nothing. */
  microphone(): MediaStream | null;
  changed(part: Partial<PhoneStatus>): void;
  /** What is heard of the other side; `null`: the call is over. */
  far(stream: MediaStream | null): void;
  refused(why: AnswerRefused): void;
  /** A call that is to be answered by itself rings. */
  answer(): void;
}

export class SipPhone {
  #media: Media = 'none';
  #session: RTCSession | null = null;
  /** When its call rang, ms. */
  #rangAt = 0;
  #interaction: string | null = null;
  /** What this call sends: a copy of the microphone, muted by itself, ended with the call. */
  #voice: MediaStreamTrack | null = null;
  #muted = false;
  #confirmed: ReturnType<typeof setTimeout> | undefined;
  readonly #socket: SipSocket;
  readonly #agent: JsSIP.UA;
  readonly #player = new Audio();
  #again: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    private readonly account: PhoneAccount,
    private readonly around: Surroundings,
  ) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.#socket = new SipSocket(`${scheme}://${location.host}${account.ws_path}`);
    const configuration: UAConfiguration = {
      sockets: [this.#socket],
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
    addEventListener('online', this.probe);
    addEventListener('offline', this.probe);
  }

  /** Answers what rings; what cannot be answered rings on, and why is told. */
  answer(): void {
    const session = this.#session;
    if (!session || this.#media !== 'incoming') return;
    const track = this.around.microphone()?.getAudioTracks()[0];
    if (!track) return this.around.refused('gone');
    if (!this.#agent.isConnected()) return this.around.refused('line');
    this.#voice = track.clone();
    this.#set({ media: 'answering' });
    try {
      const mediaStream = new MediaStream([this.#voice]);
      session.answer({ mediaStream, pcConfig: { iceServers: this.account.ice_servers, rtcpMuxPolicy: 'require', bundlePolicy: 'max-bundle' } });
    } catch {
      this.#set({ media: 'incoming' });
      return this.around.refused('unheard');
    }
    clearTimeout(this.#confirmed);
    this.#confirmed = setTimeout(() => this.#session === session && this.around.refused('unheard'), CONFIRMED_MS);
  }

  mute(muted: boolean): void {
    this.#muted = muted && this.#session !== null;
    if (this.#voice) this.#voice.enabled = !this.#muted;
    this.#set({ muted: this.#muted });
  }

  /** Another microphone in the middle of a call: the caller hears no more than a click. */
  async speakInto(stream: MediaStream): Promise<void> {
    const [track] = stream.getAudioTracks();
    const sender = this.#session?.connection?.getSenders().find((of) => of.track?.kind === 'audio' || of.track === null);
    if (!track || !sender || !this.#voice) return;
    const voice = track.clone();
    voice.enabled = !this.#muted;
    await sender.replaceTrack(voice);
    this.#voice.stop();
    this.#voice = voice;
  }

  /** `sink`: the speaker; empty: the system's. */
  async soundOn(sink: string): Promise<void> {
    if ('setSinkId' in this.#player) await this.#player.setSinkId(sink).catch(() => undefined);
  }

  tone(tone: string): void {
    if (this.#media !== 'connected') return;
    const transportType = JsSIP.C.DTMF_TRANSPORT.RFC2833 as never;
    this.#session?.sendDTMF(tone, { duration: TONE_MS, interToneGap: TONE_GAP_MS, transportType });
  }

  clear(rungBefore: number): void {
    const session = this.#session;
    if (!session || this.#media !== 'connected' || this.#rangAt > rungBefore) return;
    this.#gone(session);
    session.terminate();
  }

  /** The shift is over: unregisters. */
  stop(): void {
    // What the wire still says is no news of a phone that is off.
    this.#stopped = true;
    clearTimeout(this.#again);
    removeEventListener('online', this.probe);
    removeEventListener('offline', this.probe);
    this.#agent.stop();
    this.#hush();
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
    this.#rangAt = Date.now();
    const gone = (): void => this.#gone(session);
    session.on('ended', ({ message }) => {
      if (this.#session === session && message?.getHeader('Reason')?.includes(TAKEN_OVER)) this.#set({ left: this.#interaction });
      gone();
    });
    session.on('failed', gone);
    session.on('confirmed', () => this.#session === session && this.#set({ media: 'connected' }));
    session.on('confirmed', () => clearTimeout(this.#confirmed));
    session.on('peerconnection', ({ peerconnection }) => this.#listen(peerconnection));
    // The server learns our addresses from our checks: waiting for more candidates would only delay the answer.
    session.on('icecandidate', ({ ready }) => ready());
    this.#hush();
    this.#interaction = request.getHeader('X-Carillon-Interaction') ?? null;
    this.#set({ media: 'incoming', muted: false, interaction: this.#interaction, left: null });
    if (rejoin) this.around.answer();
  }

  #gone(session: RTCSession): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#hush();
    this.#set({ media: 'none', muted: false, interaction: null });
  }

  /** Nothing of a call is left: no voice, no sound. */
  #hush(): void {
    clearTimeout(this.#confirmed);
    this.#player.srcObject = null;
    this.#voice?.stop();
    [this.#voice, this.#muted] = [null, false];
    this.around.far(null);
  }

  #listen(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ track, streams }) => {
      const far = streams[0] ?? new MediaStream([track]);
      this.#player.srcObject = far;
      void this.#player.play().catch(() => undefined);
      this.around.far(far);
    });
  }

  #set(part: Partial<PhoneStatus>): void {
    if (this.#stopped) return;
    this.#media = part.media ?? this.#media;
    this.around.changed(part);
  }

  readonly probe = (): void => this.#socket.probe();
}
