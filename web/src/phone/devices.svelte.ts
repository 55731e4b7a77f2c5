/**
 * The audio devices of this computer, watched, and which of them this person wants; remembered by name.
 *
 * Chromium under Linux hears of no change by itself (only of those udev tells), so the list is also asked for.
 */

import { remember, remembered } from '../kit/remember';
import { type Device, devicesOf, type Kind, named } from './choice';

const ASK_EVERY_MS = 1_500;

export class Devices {
  microphones = $state.raw<Device[]>([]);
  speakers = $state.raw<Device[]>([]);
  /** The names wanted; empty: what the system prefers. */
  wanted = $state<Record<Kind, string>>({
    microphone: remembered('device.microphone') ?? '',
    speaker: remembered('device.speaker') ?? '',
    ringer: remembered('device.ringer') ?? '',
  });
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly changed: (before: Device[]) => void) {}

  /** Of the speaker or the ringer; empty: the system's. */
  sink(kind: 'speaker' | 'ringer'): string {
    return named(this.speakers, this.wanted[kind])?.id ?? '';
  }

  /** A device that is wanted and not here. */
  isMissing(kind: Kind): boolean {
    const there = kind === 'microphone' ? this.microphones : this.speakers;
    return this.wanted[kind] !== '' && there.length > 0 && !named(there, this.wanted[kind]);
  }

  choose(kind: Kind, label: string): void {
    this.wanted[kind] = label;
    remember(`device.${kind}`, label || null);
  }

  /** Another tab has chosen. */
  reread(): void {
    for (const kind of ['microphone', 'speaker', 'ringer'] as const) this.wanted[kind] = remembered(`device.${kind}`) ?? '';
  }

  watch(): void {
    if (this.#timer !== undefined || !navigator.mediaDevices) return;
    navigator.mediaDevices.addEventListener('devicechange', this.#look);
    this.#timer = setInterval(this.#look, ASK_EVERY_MS);
    this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    navigator.mediaDevices?.removeEventListener('devicechange', this.#look);
  }

  async look(): Promise<void> {
    const list = (await navigator.mediaDevices?.enumerateDevices().catch(() => null)) ?? null;
    if (!list) return;
    const [microphones, speakers] = [devicesOf(list, 'microphone'), devicesOf(list, 'speaker')];
    if (same(microphones, this.microphones) && same(speakers, this.speakers)) return;
    const before = this.microphones;
    [this.microphones, this.speakers] = [microphones, speakers];
    this.changed(before);
  }

  readonly #look = (): void => void this.look();
}

const same = (a: Device[], b: Device[]): boolean => JSON.stringify(a) === JSON.stringify(b);
