/** What is heard when somebody is told something that is no call. */

import { Sound } from '../phone/sound';

const GAP_S = 0.16;
const FADE_S = 0.7;
const LOUDNESS = 0.18;

export class Chime {
  readonly #sound: Sound;

  /** `sound`: of the phone, which knows the device; without a phone wherever the browser sounds. */
  constructor(sound?: Sound) {
    this.#sound = sound ?? new Sound();
  }

  /** A message. */
  note(): void {
    this.#play([784]);
  }

  /** A figure is beyond its limit. */
  alarm(): void {
    this.#play([392, 392]);
  }

  /** Somebody asks for help. */
  flag(): void {
    this.#play([523.3, 784, 523.3]);
  }

  #play(notes: readonly number[]): void {
    void this.#sound.unlock();
    const { context } = this.#sound;
    notes.forEach((frequency, nth) => {
      const start = context.currentTime + nth * GAP_S;
      const tone = new OscillatorNode(context, { frequency });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + FADE_S);
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + FADE_S);
    });
  }
}
