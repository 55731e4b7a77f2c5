/** Ring, device tests and signals, made of oscillators: a browser lets them sound after one gesture. */

/** Partials of a small bell: ratio to the strike note, loudness, seconds to fade. */
const PARTIALS: readonly [number, number, number][] = [
  [0.5, 0.25, 1.6],
  [1, 0.5, 1.2],
  [1.19, 0.22, 0.9],
  [2, 0.25, 0.6],
  [2.66, 0.1, 0.35],
];

const RING_EVERY_MS = 2400;
const TEST_MS = 3000;

/** Chromium can send a context to a device; elsewhere the ring sounds where the system likes. */
type Routable = AudioContext & { setSinkId?: (id: string) => Promise<void> };

export const canRoute = (): boolean => 'AudioContext' in globalThis && 'setSinkId' in AudioContext.prototype;

export class Sound {
  #context: AudioContext | null = null;
  #speaker = '';
  #ringing: ReturnType<typeof setInterval> | undefined;
  #resumed: () => void = () => undefined;

  /** Called when the browser begins to let us sound. */
  onresume(resumed: () => void): void {
    this.#resumed = resumed;
  }

  get context(): AudioContext {
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.onstatechange = () => this.#resumed();
    }
    return this.#context;
  }

  /** `false`: the browser wants a click first. */
  get allowed(): boolean {
    return this.context.state === 'running';
  }

  async unlock(): Promise<boolean> {
    await Promise.race([this.context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
    return this.allowed;
  }

  ring(): void {
    if (this.#ringing !== undefined) return;
    void this.unlock();
    this.#strike();
    this.#ringing = setInterval(() => this.#strike(), RING_EVERY_MS);
  }

  hush(): void {
    clearInterval(this.#ringing);
    this.#ringing = undefined;
  }

  /** The ring, and all that is not a call, sounds on one device; the test of the speaker on the other. */
  async useSinks(ringer: string, speaker: string): Promise<void> {
    this.#speaker = speaker;
    await (this.context as Routable).setSinkId?.(ringer).catch(() => undefined);
  }

  /** Three notes going up, where calls are heard. */
  async testSpeaker(): Promise<void> {
    const context: Routable = new AudioContext();
    await context.setSinkId?.(this.#speaker).catch(() => undefined);
    [523.3, 659.3, 784].forEach((note, i) => this.#bell(i * 0.28, note, 0.3, context));
    setTimeout(() => void context.close(), TEST_MS);
  }

  /** One stroke of the ring. */
  testRinger(): void {
    void this.unlock();
    this.#strike();
  }

  /** The call is over, or came back by itself. */
  signal(): void {
    this.#bell(0, 392, 0.12);
  }

  #strike(): void {
    this.#bell(0, 659.3, 0.32);
    this.#bell(0.22, 784, 0.32);
    this.#bell(0.44, 523.3, 0.36);
  }

  #bell(after: number, strike: number, loudness: number, context: AudioContext = this.context): void {
    const start = context.currentTime + after;
    for (const [ratio, level, fade] of PARTIALS) {
      const tone = new OscillatorNode(context, { frequency: strike * ratio });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(level * loudness, start + 0.006);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + fade);
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + fade);
    }
  }
}
