/**
 * One tab of a browser owns the phone. Web Locks chooses it and hands over when the tab closes; the
 * others see its status and ask it over a BroadcastChannel.
 */

import { type PhoneAsk, type PhoneStatus, phoneOff } from './status';

type Message = { kind: 'status'; status: PhoneStatus } | { kind: 'ask'; ask: PhoneAsk };

export interface Seat {
  /** This tab owns the phone from now on. */
  lead(): void;
  asked(ask: PhoneAsk): void;
  status(status: PhoneStatus): void;
}

export class Leadership {
  leads = false;
  readonly #channel: BroadcastChannel;
  readonly #stop = new AbortController();
  #release: () => void = () => undefined;

  constructor(
    account: string,
    private readonly seat: Seat,
  ) {
    this.#channel = new BroadcastChannel(`carillon.phone.${account}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#read(data);
    void this.#queue(`carillon.phone.${account}`);
    this.#send({ kind: 'ask', ask: { ask: 'status' } });
  }

  /** Does it here, or asks the tab that can. */
  ask(ask: PhoneAsk): void {
    if (this.leads) this.seat.asked(ask);
    else this.#send({ kind: 'ask', ask });
  }

  tell(status: PhoneStatus): void {
    if (this.leads) this.#send({ kind: 'status', status });
  }

  stop(): void {
    this.tell(phoneOff);
    this.leads = false;
    this.#stop.abort();
    this.#release();
    this.#channel.close();
  }

  async #queue(name: string): Promise<void> {
    const held = new Promise<void>((resolve) => (this.#release = resolve));
    try {
      await navigator.locks.request(name, { signal: this.#stop.signal }, async () => {
        this.leads = true;
        this.seat.lead();
        await held;
      });
    } catch {
      // Stopped before its turn.
    }
  }

  #read(message: Message): void {
    if (message.kind === 'status' && !this.leads) this.seat.status(message.status);
    if (message.kind === 'ask' && this.leads) this.seat.asked(message.ask);
  }

  #send(message: Message): void {
    this.#channel.postMessage(message);
  }
}
