/** The phone as the desktop uses it, whichever tab has it. */

import type { PhoneAccount } from '../api/wire';
import { remember, remembered } from '../kit/remember';
import { another, type Device, isStillThere, type Kind, named } from './choice';
import { Devices } from './devices.svelte';
import { Ear, shown } from './hearing';
import { Leadership } from './leader';
import { meter, Microphone, problemOf } from './microphone';
import type { SipPhone } from './sip';
import { Sound } from './sound';
import { hearsAll, isVoiceless, type AnswerRefused, type MicrophoneProblem, type PhoneAsk, type PhoneStatus, phoneOff } from './status';

export class Phone {
  status = $state.raw<PhoneStatus>(phoneOff);
  /** This tab has the phone. */
  leads = $state(false);
  soundAllowed = $state(false);
  /** How loud the own microphone is, 0..1; in the tab that has it open. */
  level = $state(0);
  microphoneOpen = $state(false);
  /** The call is on hold: nobody needs to be heard. */
  held = false;
  readonly sound = new Sound();
  readonly devices = new Devices((before) => this.#devicesChanged(before));
  readonly #microphone = new Microphone(
    (problem) => this.#lost(problem),
    () => this.#say({ voice: 'open' }),
  );
  readonly #leadership: Leadership;
  #sip: SipPhone | null = null;
  #starting = false;
  /** Used for now, because the wanted microphone is gone. */
  #instead: string | null = null;
  #opening: Promise<boolean> | null = null;
  #ear = new Ear();
  #far: number | null = null;
  #deaf: () => void = () => undefined;
  #farDeaf: () => void = () => undefined;

  /** `told`: something of the status is new. */
  constructor(
    private readonly account: PhoneAccount,
    private readonly told: (status: PhoneStatus) => void = () => undefined,
  ) {
    this.sound.onresume(() => (this.soundAllowed = this.sound.allowed));
    this.#leadership = new Leadership(account.user, {
      lead: () => this.#lead(),
      asked: (ask) => void this.#asked(ask),
      status: (status) => this.#show(status),
    });
  }

  /** Whether the shift has begun in this browser: the phone then starts by itself after a reload. */
  get onShift(): boolean {
    return remembered('shift') === this.account.user;
  }

  /** The microphone to go on with when the one in use is gone. */
  get other(): Device | null {
    return another(this.devices.microphones, this.status.device);
  }

  /**
   * The first click of the shift: microphone, sound, registration. `false`: no microphone. `stays`: on again after a
   * reload.
   */
  async start(stays = true): Promise<boolean> {
    void this.sound.unlock();
    if (!(await this.openMicrophone())) return false;
    if (stays) remember('shift', this.account.user);
    this.#leadership.ask({ ask: 'start' });
    return true;
  }

  stop(): void {
    remember('shift', null);
    this.#leadership.ask({ ask: 'stop' });
    this.#closeMicrophone();
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

  /**
   * The server hears nothing of a call of this phone (it may have started anew): audio that is still up here is
   * nobody's. `rungBefore`: not what came after this time (ms), which the server may not have told of yet.
   */
  clear(rungBefore = Infinity): void {
    this.#leadership.ask({ ask: 'clear', rungBefore });
  }

  /** Goes on with the other microphone until the wanted one is back. `false`: there is none. */
  useOther(): boolean {
    const { other } = this;
    if (other) this.#leadership.ask({ ask: 'instead' });
    return other !== null;
  }

  choose(kind: Kind, label: string): void {
    this.devices.choose(kind, label);
    this.#leadership.ask({ ask: 'devices' });
    if (!this.leads) void this.#chosen();
  }

  /** Is the server still there? */
  probe(): void {
    this.#sip?.probe();
  }

  /** Asks once more, where that may help. What is gone comes back by itself or by another choice. */
  async reopen(): Promise<boolean> {
    if (this.leads && isVoiceless(this.status) && this.status.voice !== 'gone') await this.openMicrophone();
    return !isVoiceless(this.status);
  }

  openMicrophone(): Promise<boolean> {
    return (this.#opening ??= this.#open().finally(() => (this.#opening = null)));
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
        return this.#answer();
      case 'mute':
        return this.#sip?.mute(ask.muted);
      case 'tone':
        return this.#sip?.tone(ask.tone);
      case 'clear':
        return this.#sip?.clear(ask.rungBefore);
      case 'instead':
        this.#instead = this.other?.label ?? null;
        return void this.openMicrophone();
      case 'devices':
        this.devices.reread();
        return this.#chosen();
      case 'status':
        return this.#leadership.tell(this.status);
    }
  }

  async #startSip(): Promise<void> {
    if (this.#sip || this.#starting) return;
    this.#starting = true;
    this.#changed({ ...phoneOff, line: 'starting', voice: this.status.voice, device: this.status.device });
    const { SipPhone } = await import('./sip');
    if (!this.#microphone.isOpen) void this.openMicrophone();
    void this.sound.unlock();
    this.#sip = new SipPhone(this.account, {
      microphone: () => this.#microphone.stream,
      changed: (part) => this.#say(part),
      far: (stream) => this.#listen(stream),
      refused: (why) => this.#refuse(why),
      answer: () => void this.#answer(),
    });
    void this.#useSpeakers();
    this.#starting = false;
  }

  /** An answer that cannot be carried out is told at once; the ring goes on. */
  async #answer(): Promise<void> {
    if (!this.#sip || this.status.media === 'none') return this.#refuse('no_ring');
    if (this.status.media !== 'incoming') return;
    if (!(await this.reopen())) return this.#refuse(this.status.voice as MicrophoneProblem);
    if (!this.#microphone.isOpen && !(await this.openMicrophone())) return this.#refuse(this.status.voice as MicrophoneProblem);
    this.#sip.answer();
  }

  #refuse(why: AnswerRefused): void {
    this.#say({ refused: { why, count: (this.status.refused?.count ?? 0) + 1 } });
  }

  async #open(): Promise<boolean> {
    const wanted = (): string | null => {
      const { microphones } = this.devices;
      const label = this.#instead ?? this.devices.wanted.microphone;
      return (label === '' && microphones.length === 1 ? microphones[0] : named(microphones, label))?.id ?? null;
    };
    try {
      await this.devices.look();
      await this.#microphone.open(wanted());
      // Names are told only now, where the person was asked for the first time.
      await this.devices.look();
      const id = wanted();
      if (id !== null && id !== this.#microphone.id) await this.#microphone.open(id);
      this.#measure();
      this.#say({ voice: 'open', device: this.#microphone.label });
    } catch (error) {
      this.#say({ voice: problemOf(error) });
    }
    this.microphoneOpen = this.#microphone.isOpen;
    const stream = this.#microphone.stream;
    if (stream) await this.#sip?.speakInto(stream);
    return this.microphoneOpen;
  }

  #closeMicrophone(): void {
    this.#deaf();
    this.#deaf = () => undefined;
    this.#microphone.close();
    [this.microphoneOpen, this.level, this.#instead] = [false, 0, null];
  }

  #lost(problem: MicrophoneProblem): void {
    this.microphoneOpen = this.#microphone.isOpen;
    this.level = 0;
    if (this.status.line !== 'off') this.#say({ voice: problem });
    void this.devices.look();
  }

  #devicesChanged(before: Device[]): void {
    void this.#useSpeakers();
    const { microphones } = this.devices;
    const { voice, line } = this.status;
    if (!this.leads || line === 'off' || (before.length === 0 && voice === 'open')) return;
    const open = { id: this.#microphone.id, label: this.#microphone.label };
    if (voice === 'open' && !isStillThere(open, before, microphones)) {
      // Where the system chose, the name is of the one that went away.
      const went = before.find((device) => !named(microphones, device.label));
      if (open.id === 'default' && went) this.#say({ device: went.label });
      return this.#lost('gone');
    }
    const wanted = this.devices.wanted.microphone || this.status.device;
    const isBack = (voice === 'gone' || this.#instead !== null) && named(microphones, wanted) && !named(before, wanted);
    if (isBack || (voice === 'missing' && microphones.length > 0)) {
      this.#instead = null;
      void this.openMicrophone();
    }
  }

  /** Another device was chosen in the panel. */
  async #chosen(): Promise<void> {
    this.#instead = null;
    await this.#useSpeakers();
    if (this.microphoneOpen || isVoiceless(this.status)) await this.openMicrophone();
  }

  async #useSpeakers(): Promise<void> {
    await Promise.all([
      this.sound.useSinks(this.devices.sink('ringer'), this.devices.sink('speaker')),
      this.#sip?.soundOn(this.devices.sink('speaker')),
    ]);
  }

  #measure(): void {
    this.#deaf();
    const stream = this.#microphone.stream;
    if (!stream) return;
    this.#deaf = meter(this.sound.context, stream, (rms) => {
      this.level = shown(rms);
      this.#hear(rms);
    });
  }

  #listen(stream: MediaStream | null): void {
    this.#farDeaf();
    [this.#far, this.#ear] = [null, new Ear()];
    this.#farDeaf = stream ? meter(this.sound.context, stream, (rms) => (this.#far = rms)) : () => undefined;
    if (!stream) this.#say({ hearing: hearsAll });
  }

  /** Without a running context nothing is measured, and nothing is claimed. */
  #hear(own: number): void {
    if (this.status.media !== 'connected' || !this.sound.allowed) return;
    const levels = { at: performance.now(), own, far: this.#far, muted: this.status.muted, held: this.held };
    const hearing = this.#ear.hear(levels);
    if (JSON.stringify(hearing) !== JSON.stringify(this.status.hearing)) this.#say({ hearing });
  }

  #say(part: Partial<PhoneStatus>): void {
    this.#changed({ ...this.status, ...part });
  }

  #changed(status: PhoneStatus): void {
    this.#leadership.tell(status);
    this.#show(status);
  }

  #show(status: PhoneStatus): void {
    this.status = status;
    if (status.line === 'off') this.devices.stop();
    else this.devices.watch();
    this.told(status);
  }
}

