/** The phone as the desktop uses it, whichever tab has it. */

import type { PhoneAccount } from '../api/wire';
import { remember, remembered } from '../shell/remember';
import { Leadership } from './leader';
import { Microphone, type MicrophoneProblem, problemOf } from './microphone';
import type { SipPhone } from './sip';
import { Sound } from './sound';
import { type PhoneAsk, type PhoneStatus, phoneOff } from './status';

export class Phone {
  status = $state.raw<PhoneStatus>(phoneOff);
  /** This tab has the phone. */
  leads = $state(false);
  microphoneProblem = $state<MicrophoneProblem | null>(null);
  microphoneOpen = $state(false);
  soundAllowed = $state(false);
  readonly sound = new Sound();
  readonly microphone = new Microphone();
  readonly #leadership: Leadership;
  #sip: SipPhone | null = null;
  #starting = false;

  constructor(private readonly account: PhoneAccount) {
    this.sound.onresume(() => (this.soundAllowed = this.sound.allowed));
    this.#leadership = new Leadership(account.user, {
      lead: () => this.#lead(),
      asked: (ask) => void this.#asked(ask),
      status: (status) => (this.status = status),
    });
  }

  /** Whether the shift has begun in this browser: the phone then starts by itself after a reload. */
  get onShift(): boolean {
    return remembered('shift') === this.account.user;
  }

  /** The first click of the shift: microphone, sound, registration. `false`: no microphone. */
  async start(): Promise<boolean> {
    void this.sound.unlock();
    if (!(await this.openMicrophone())) return false;
    remember('shift', this.account.user);
    this.#leadership.ask({ ask: 'start' });
    return true;
  }

  stop(): void {
    remember('shift', null);
    this.#leadership.ask({ ask: 'stop' });
    this.microphone.close();
    this.microphoneOpen = false;
  }

  answer(): void {
    this.#leadership.ask({ ask: 'answer' });
  }

  mute(muted: boolean): void {
    this.#leadership.ask({ ask: 'mute', muted });
  }

  tone(tone: string): void {
    this.#leadership.ask({ ask: 'tone', tone });
  }

  /** The server knows of no call (it may have started anew): audio that is still up here is nobody's. */
  clear(): void {
    this.#leadership.ask({ ask: 'clear' });
  }

  async openMicrophone(): Promise<boolean> {
    try {
      await this.microphone.stream();
      this.microphoneProblem = null;
    } catch (error) {
      this.microphoneProblem = problemOf(error);
    }
    this.microphoneOpen = this.microphone.open;
    return this.microphoneOpen;
  }

  /** Signed out: gives the phone up. A page that only closes does not come here. */
  dispose(): void {
    this.stop();
    this.#leadership.stop();
  }

  #lead(): void {
    this.leads = true;
    if (this.onShift) void this.#startSip();
  }

  async #asked(ask: PhoneAsk): Promise<void> {
    switch (ask.ask) {
      case 'start':
        return this.#startSip();
      case 'stop':
        this.#sip?.stop();
        this.#sip = null;
        return this.#changed(phoneOff);
      case 'answer':
        return this.#sip?.answer();
      case 'mute':
        return this.#sip?.mute(ask.muted);
      case 'tone':
        return this.#sip?.tone(ask.tone);
      case 'clear':
        return this.#sip?.clear();
      case 'status':
        return this.#leadership.tell(this.status);
    }
  }

  async #startSip(): Promise<void> {
    if (this.#sip || this.#starting) return;
    this.#starting = true;
    this.#changed({ ...phoneOff, line: 'starting' });
    const { SipPhone } = await import('./sip');
    void this.openMicrophone();
    void this.sound.unlock();
    this.#sip = new SipPhone(this.account, () => this.microphone.stream(), (status) => this.#changed(status));
    this.#starting = false;
  }

  #changed(status: PhoneStatus): void {
    this.status = status;
    this.#leadership.tell(status);
  }
}
