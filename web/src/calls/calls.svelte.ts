/** What a person does with calls beside answering them: calls somebody, sends or asks on, listens to others. */

import type { Target } from '../api/wire';
import { notices } from '../kit/notices.svelte';
import { remember, remembered } from '../kit/remember';
import type { Session } from '../live/session.svelte';
import { t } from '../text/text.svelte';
import { dialled } from './number';
import { Watching } from './watching.svelte';

export class Calls {
  /** The search box is open, with what stands in it at first. */
  box = $state.raw<{ query: string } | null>(null);
  readonly watching: Watching;
  #last = $state<string | null>(null);

  constructor(private readonly session: Session) {
    this.watching = new Watching(session);
    const [user, number] = remembered('last-number')?.split('\n') ?? [];
    this.#last = user === session.me.user ? (number ?? null) : null;
  }

  /** The number that was called last in this browser. */
  get last(): string | null {
    return this.#last;
  }

  /** A call of one's own is on the line: what is chosen now is where it goes. */
  get moves(): boolean {
    return this.session.phase === 'talking' || this.session.phase === 'held';
  }

  openBox(query = ''): void {
    this.box = { query };
  }

  closeBox(): void {
    this.box = null;
  }

  /** A number on the screen was clicked: it is called, or asked for the call that is on. */
  async click(number: string): Promise<void> {
    if (this.moves) this.openBox(number);
    else await this.dial(number);
  }

  /** `queue`: for which it is, by its key. */
  async dial(text: string, queue?: string): Promise<boolean> {
    const number = dialled(text);
    if (number === '') return false;
    if (!(await this.#canSpeak())) return false;
    const done = await this.session.ask({ type: 'call.dial', number, ...(queue ? { queue } : {}) });
    if (done) {
      this.#last = number;
      remember('last-number', `${this.session.me.user}\n${number}`);
    }
    return done;
  }

  consult(to: Target): Promise<boolean> {
    return this.session.ask({ type: 'call.consult', to, ...this.session.named });
  }

  async transfer(to: Target, note: string, who: string): Promise<boolean> {
    const sent = await this.session.ask({ type: 'call.transfer', to, note: note.trim(), ...this.session.named });
    const returns = to.kind === 'agent' || to.kind === 'number';
    if (sent) notices.tell('good', t(returns ? 'sent-on' : 'sent-there', { who }));
    return sent;
  }

  /** The call on the line waits in the first free slot. */
  park(): Promise<boolean> {
    return this.session.ask({ type: 'call.park', ...this.session.named });
  }

  /** What is parked there; without a slot what rings at a colleague of the group. */
  async pickUp(slot?: number): Promise<boolean> {
    if (!(await this.#canSpeak())) return false;
    return this.session.ask({ type: 'call.pick_up', ...(slot === undefined ? {} : { slot }) });
  }

  async #canSpeak(): Promise<boolean> {
    const { phone, agent } = this.session;
    if (!agent.phoneReachable && phone?.status.line !== 'registered') {
      notices.tell('warn', t('dial-no-phone'));
      return false;
    }
    if (phone && phone.status.line !== 'off' && !(await phone.reopen())) {
      notices.tell('bad', t(`microphone-${phone.status.voice}`));
      return false;
    }
    return true;
  }
}
