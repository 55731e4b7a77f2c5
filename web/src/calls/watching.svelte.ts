/**
 * A supervisor in an agent's call. The phone of this browser rings and answers by itself; who has no seat has a phone
 * for this alone, switched on when it is wanted and off afterwards.
 */

import type { Watch } from '../api/wire';
import { notices } from '../kit/notices.svelte';
import { clock } from '../live/clock.svelte';
import type { Session } from '../live/session.svelte';
import { until } from '../live/until';
import { t } from '../text/text.svelte';

/** The phone is at the server in this time, or the key was in vain. */
const PHONE_MS = 8_000;
/** The phone is in the call in this time. */
const JOINED_MS = 8_000;
/** Of this tab: a page that was loaded anew has left the call it listened to. */
const KEY = 'carillon.watching';

export interface Watched {
  agent: number;
  name: string;
  how: Watch;
  since: number;
}

export class Watching {
  now = $state.raw<Watched | null>(null);
  #busy = false;
  /** The phone was switched on for this. */
  #lent = false;
  #heard = false;

  constructor(private readonly session: Session) {}

  /** A phone is here to listen with. */
  get can(): boolean {
    return this.session.supervises && this.session.me.phone !== null;
  }

  /** Whether the call can be had: that takes a seat. */
  get canTake(): boolean {
    return this.session.me.agent !== null;
  }

  async watch(agent: number, name: string, how: Watch): Promise<void> {
    if (this.#busy || !this.can) return;
    this.#busy = true;
    await this.#watch(agent, name, how);
    this.#busy = false;
  }

  async leave(): Promise<void> {
    const { now } = this;
    if (!now) return;
    this.#over();
    await this.session.try({ type: 'agent.supervise_end', agent: now.agent });
  }

  /** The call is the supervisor's own from now on. */
  async take(): Promise<void> {
    const { now } = this;
    if (!now || !(await this.session.ask({ type: 'agent.take_call', agent: now.agent }))) return;
    this.#lent = false;
    this.#over();
    location.hash = '#/';
  }

  /** The phone of this browser is not what it was: once heard, silence is the end. */
  phoneChanged(): void {
    const media = this.session.phone?.status.media ?? 'none';
    if (!this.now) return;
    if (media === 'connected') this.#heard = true;
    else if (media === 'none' && this.#heard) {
      notices.tell('warn', t('watch-over', { name: this.now.name }));
      this.#over();
    }
  }

  /** The page was loaded anew: the audio went with the old one. */
  async forget(): Promise<void> {
    const agent = Number(sessionStorage.getItem(KEY));
    if (!agent || this.now) return;
    sessionStorage.removeItem(KEY);
    await this.session.try({ type: 'agent.supervise_end', agent });
  }

  async #watch(agent: number, name: string, how: Watch): Promise<void> {
    const { session, now } = this;
    if (now && now.agent !== agent) await this.leave();
    if (!(await this.#phone())) return this.#switchOff();
    const asked = await session.ask({ type: 'agent.supervise', agent, watch: how });
    if (!asked) return this.now ? undefined : this.#switchOff();
    sessionStorage.setItem(KEY, String(agent));
    const since = this.now?.since ?? clock.now;
    if (!this.now) this.#heard = false;
    this.now = { agent, name, how, since };
    this.phoneChanged();
    if (await until(() => this.#heard || !this.now, JOINED_MS)) return;
    notices.tell('bad', t('watch-unheard', { name }));
    await this.leave();
  }

  async #phone(): Promise<boolean> {
    const { phone } = this.session;
    if (!phone) return false;
    const off = phone.status.line === 'off';
    this.#lent ||= off;
    const speaks = off ? await phone.start(false) : await phone.reopen();
    if (!speaks) {
      notices.tell('bad', t(`microphone-${phone.status.voice}`));
      return false;
    }
    const there = await until(() => phone.status.line === 'registered', PHONE_MS);
    if (!there) notices.tell('bad', t('phone-away'));
    return there;
  }

  #over(): void {
    this.now = null;
    sessionStorage.removeItem(KEY);
    this.#switchOff();
  }

  #switchOff(): void {
    if (!this.#lent) return;
    this.#lent = false;
    this.session.phone?.stop();
  }
}
