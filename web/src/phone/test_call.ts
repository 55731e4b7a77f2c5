/**
 * A caller from this page: calls a number of the center once, and beeps into it. Its own voice is no microphone, so the
 * one who answers beside it hears beeps and not themselves; what it hears is measured, and played to nobody.
 */

import JsSIP from 'jssip';

import type { PhoneAccount } from '../api/wire';
import { shown } from './hearing';
import { meter } from './microphone';
import { SipSocket } from './socket';

/** `failed`: it was not taken; `over`: it was, and has ended. */
export type TestCallState = 'calling' | 'answered' | 'failed' | 'over';

export interface TestCallTold {
  changed(state: TestCallState): void;
  /** How loud the center is at the caller, 0..1, some ten times a second. */
  heard(level: number): void;
}

/** Of the beeps: within the telephone's band, and none of its signals. */
export const BEEP_HZ = 620;
const LOUD = 0.15;

export class TestCall {
  readonly #agent: JsSIP.UA;
  readonly #voice: Beeps;
  readonly #ear = Object.assign(new Audio(), { muted: true });
  #deaf: () => void = () => undefined;
  #state: TestCallState = 'calling';

  constructor(
    account: PhoneAccount,
    number: string,
    context: AudioContext,
    private readonly told: TestCallTold,
  ) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.#voice = new Beeps(context);
    this.#agent = new JsSIP.UA({
      sockets: [new SipSocket(`${scheme}://${location.host}${account.ws_path}`)],
      uri: account.uri,
      authorization_user: account.user,
      password: account.password,
      register: false,
      session_timers: false,
      user_agent: 'Carillon test call',
    });
    this.#agent.on('connected', () => this.#call(`sip:${number}@${account.uri.split('@')[1] ?? location.hostname}`, account, context));
    this.#agent.on('disconnected', () => this.end());
    this.#agent.start();
    told.changed('calling');
  }

  #call(to: string, account: PhoneAccount, context: AudioContext): void {
    if (this.#state !== 'calling') return;
    this.#agent.call(to, {
      mediaStream: this.#voice.stream,
      pcConfig: { iceServers: account.ice_servers, rtcpMuxPolicy: 'require', bundlePolicy: 'max-bundle' },
      eventHandlers: {
        peerconnection: ({ peerconnection }) => this.#listen(peerconnection, context),
        // The server learns our addresses from our checks.
        icecandidate: ({ ready }) => ready(),
        accepted: () => this.#become('answered'),
        failed: () => this.end('failed'),
        ended: () => this.end(),
      },
    });
  }

  #listen(connection: RTCPeerConnection, context: AudioContext): void {
    connection.addEventListener('track', ({ track, streams }) => {
      const far = streams[0] ?? new MediaStream([track]);
      // Chromium decodes only what some element plays, be it to nobody.
      this.#ear.srcObject = far;
      void this.#ear.play().catch(() => undefined);
      this.#deaf();
      this.#deaf = meter(context, far, (rms) => this.told.heard(shown(rms)));
    });
  }

  #become(state: TestCallState): void {
    if (this.#state === 'failed' || this.#state === 'over') return;
    this.#state = state;
    this.told.changed(state);
  }

  /** Hangs up; nothing is left of it. */
  end(as: 'failed' | 'over' = 'over'): void {
    if (this.#state === 'failed' || this.#state === 'over') return;
    this.#become(as);
    this.#deaf();
    this.#ear.srcObject = null;
    this.#voice.stop();
    this.#agent.terminateSessions();
    this.#agent.stop();
  }
}

/** Half a second of tone, half a second of nothing. */
class Beeps {
  readonly stream: MediaStream;
  readonly #tone: OscillatorNode;
  readonly #gate: OscillatorNode;

  constructor(context: AudioContext) {
    this.#tone = new OscillatorNode(context, { frequency: BEEP_HZ });
    this.#gate = new OscillatorNode(context, { type: 'square', frequency: 1 });
    // Between 0 and twice its own.
    const loudness = new GainNode(context, { gain: LOUD });
    const swing = new GainNode(context, { gain: LOUD });
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.#gate.connect(swing).connect(loudness.gain);
    this.#tone.connect(loudness).connect(out);
    this.#tone.start();
    this.#gate.start();
    this.stream = out.stream;
  }

  stop(): void {
    this.#tone.stop();
    this.#gate.stop();
    for (const track of this.stream.getTracks()) track.stop();
  }
}
