/**
 * Everything one signed-in person sees: who they are, the link, the folded topics, the phone. Pages
 * read it and ask it; only the reducers change topics.
 */

import * as rest from '../api/rest';
import type { BoardChange, Center, Command, DeskEvent, Me, Reply, Topic, WholeBoard } from '../api/wire';
import { Phone } from '../phone/phone.svelte';
import { isVoiceless, type Line, type PhoneStatus } from '../phone/status';
import { stateWord } from '../shell/reason';
import { languageWasChosen, t, text } from '../text/text.svelte';
import { causeWords, missedWords } from '../calls/words';
import { Calls } from '../calls/calls.svelte';
import { type AgentTopic, ended, forced, phaseOf, reduceAgent, unknownAgent, unreached } from './agent';
import { reduceBoard } from './board';
import { clock } from './clock.svelte';
import { dropDraft, otherDrafts, readDraft } from './drafts';
import { Link, type LinkState } from './link';
import { notices } from '../kit/notices.svelte';
import type { News } from './news';
import { Trend } from './trend';
import { until } from './until';

/** The phone is at the server in this time, or the click was in vain. */
const PHONE_MS = 8_000;
/** A phone that has just registered is rung for a call that waits. */
const RUNG_MS = 1_000;

export type Hand = 'find' | 'edit';

export class Session {
  link = $state<LinkState>('connecting');
  agent = $state.raw<AgentTopic>(unknownAgent);
  board = $state.raw<WholeBoard | null>(null);
  /** Who waited over the last hour. */
  readonly trend = new Trend();
  /** What is done by hand with the customer of the contact on hand. */
  #hand = $state<{ interaction: string; work: Hand } | null>(null);
  /** Words for the notes of a contact, written beside its form. */
  noted = $state.raw<{ interaction: string; words: string } | null>(null);
  readonly phone: Phone | null;
  readonly phase = $derived(phaseOf(this.agent));
  /** Calls of our own, where they go, and those a supervisor listens to. */
  readonly calls: Calls;
  readonly #link: Link;
  readonly #followers = new Set<(news: News | null) => void>();
  /** What the server was told of the microphone over this link. */
  #toldLost: boolean | null = null;
  #refusals = 0;
  #left: string | null = null;
  #takingOver = false;
  /** When the line to the server was last cut, ms. */
  #cutAt = 0;
  #line: Line = 'off';

  /** Names and keys; see `renew`. */
  center: Center;

  constructor(
    readonly me: Me,
    center: Center,
    ended: () => void,
  ) {
    this.center = $state.raw(center);
    const topics: Topic[] = [...(me.agent ? ['agent' as const] : []), ...(this.supervises ? ['board' as const] : []), 'records'];
    this.calls = new Calls(this);
    this.phone = me.phone ? new Phone(me.phone, (status) => this.#heard(status)) : null;
    this.#link = new Link(topics, {
      state: (state) => {
        if (this.link === 'up' && state !== 'up') this.#cutAt = Date.now();
        this.link = state;
        this.#toldLost = null;
        if (state === 'up') this.#tellMicrophone();
        if (state === 'up') void this.calls.watching.forget();
        if (state === 'up') this.#spread(null);
        // What befell one line may have befallen the other.
        this.phone?.probe();
        if (state === 'ended') ended();
      },
      event: (event) => this.#take(event),
      board: (board) => this.#showBoard(board),
      boardChanged: (change) => this.#changeBoard(change),
      news: (news) => this.#spread(news),
      clock: (at) => clock.heard(at),
    });
  }

  /** Looking for another customer, or editing the one shown; over with its contact. */
  get hand(): Hand | null {
    return this.#hand && this.#hand.interaction === this.agent.pop?.interaction ? this.#hand.work : null;
  }

  open(work: Hand | null): void {
    const interaction = this.agent.pop?.interaction;
    this.#hand = work && interaction ? { interaction, work } : null;
  }

  note(interaction: string, words: string): void {
    this.noted = { interaction, words };
  }

  /** What changes among records and kinds; `null`: the link is new, and anything may have. Returns how to stop that. */
  follow(take: (news: News | null) => void): () => void {
    this.#followers.add(take);
    return () => void this.#followers.delete(take);
  }

  #spread(news: News | null): void {
    for (const take of this.#followers) take(news);
  }

  get supervises(): boolean {
    return this.me.role !== 'agent';
  }

  /** The center has changed under the page: a queue is new. */
  async renew(): Promise<void> {
    this.center = await rest.center();
  }

  /** Ready for calls, if somebody could hear this agent. */
  async ready(): Promise<boolean> {
    if (this.phone && !(await this.phone.reopen())) {
      notices.tell('bad', t(`microphone-${this.phone.status.voice}`));
      return false;
    }
    this.#tellMicrophone();
    return this.ask({ type: 'presence.ready' });
  }

  /** The call on hand has its audio at another phone, or nowhere. */
  get isElsewhere(): boolean {
    const inCall = this.phase === 'talking' || this.phase === 'held' || this.phase === 'parked';
    return inCall && this.phone?.status.media === 'none';
  }

  /** The audio of the call on hand comes to this browser, whose shift has begun with it. */
  /** Names the contact on hand in a command, for there may be several. */
  get named(): { interaction?: string } {
    const interaction = this.agent.call?.interaction ?? this.agent.pop?.interaction;
    return interaction ? { interaction } : {};
  }

  async takeOver(): Promise<void> {
    if (this.#takingOver) return;
    this.#takingOver = true;
    await this.#takeOver();
    this.#takingOver = false;
  }

  async #takeOver(): Promise<void> {
    const { phone, me } = this;
    if (!phone || !me.phone) return;
    const speaks = phone.status.line === 'off' ? await phone.start() : await phone.reopen();
    if (!speaks) return notices.tell('bad', t(`microphone-${phone.status.voice}`));
    const waits = this.phase === 'parked';
    if (!(await until(() => phone.status.line === 'registered', PHONE_MS))) return notices.tell('bad', t('phone-away'));
    if (waits) await until(() => !this.isElsewhere, RUNG_MS);
    if (this.isElsewhere) await this.ask({ type: 'call.take_over', phone: me.phone.user, ...this.named });
  }

  /** A refusal is told to the person, in words. */
  async ask(command: Command): Promise<boolean> {
    const reply = await this.try(command);
    if (reply.result === 'refused') notices.refused(reply.code, reply.message);
    return reply.result === 'done';
  }

  try(command: Command): Promise<Reply> {
    return this.#link.ask(command);
  }

  /** The page closes or the session is over: `forget` gives the phone up too. */
  stop(forget: boolean): void {
    this.#link.stop();
    if (forget) this.phone?.dispose();
  }

  /** An answer that could not be carried out is told in every tab: it may have been asked for in any. */
  #heard(status: PhoneStatus): void {
    const { refused } = status;
    if (refused && refused.count > this.#refusals) notices.tell('bad', t(`answer-${refused.why}`));
    this.#refusals = refused?.count ?? 0;
    if (status.left !== null && status.left !== this.#left) notices.tell('warn', t('taken-over-elsewhere'));
    this.#left = status.left;
    if (status.line === 'registered' && this.#line !== 'registered') this.#link.wake();
    this.#line = status.line;
    this.calls.watching.phoneChanged();
    this.#tellMicrophone();
  }

  /** The server sends no calls where nobody could speak; each link is told anew. */
  #tellMicrophone(): void {
    const { phone } = this;
    // Nobody is sent calls who has no seat.
    if (!this.me.agent || !phone?.leads || this.link !== 'up' || phone.status.line === 'off' || phone.status.voice === 'unknown') return;
    const lost = isVoiceless(phone.status);
    if (lost === this.#toldLost) return;
    this.#toldLost = lost;
    void this.try({ type: lost ? 'microphone.lost' : 'microphone.found' });
  }

  /** What is on the screen stays there until the whole comes again. */
  #changeBoard(change: BoardChange): boolean {
    const board = reduceBoard(this.board, change);
    if (board) this.#showBoard(board);
    return board !== null;
  }

  #showBoard(board: WholeBoard): void {
    this.board = board;
    this.trend.take(board.at, board.queues);
  }

  #take(event: DeskEvent): void {
    const before = this.agent;
    this.agent = reduceAgent(before, event);
    if (this.phone) this.phone.held = this.phase !== 'talking';
    // The phone rings when the record is here.
    if (event.type === 'pop.shown') void this.try({ type: 'pop.seen', reservation: event.data.reservation });
    const wish = event.type === 'agent.state_changed' ? forced(before, this.agent) : null;
    if (wish) {
      const values = { by: wish.by, state: stateWord(this.center.reasons, wish.state) };
      notices.tell('warn', t(wish.later ? 'forced-you-next' : 'forced-you', values));
    }
    // Not before: the phone carries the call that is still to be finished.
    if (event.type === 'agent.state_changed' && ended(before, this.agent)) this.phone?.stop();
    if (event.type === 'pop.withdrawn') {
      const { why } = event.data;
      notices.tell(why === 'declined' ? 'good' : 'warn', missedWords(why, this.agent.missed));
    }
    if (event.type === 'call.state_changed') this.#tellCause(before);
    if (before.wrapUp && !this.agent.wrapUp) void this.#sendDrafts();
    if (event.type === 'snapshot') {
      if (!event.data.call) this.phone?.clear();
      // It does not hear us: the audio of before is dead, whatever the browser still believes of it.
      if (event.data.call?.state === 'parked') this.phone?.clear(this.#cutAt);
      void this.#sendDrafts();
    }
  }

  /** Why nobody was reached, in words. */
  #tellCause(before: AgentTopic): void {
    const { agent } = this;
    if (agent.tried && agent.tried !== before.tried) return notices.tell('warn', causeWords(agent.tried.cause, agent.tried.shown));
    const vain = unreached(before, agent);
    if (vain) notices.tell('warn', causeWords(vain.cause, vain.who));
  }

  /** Time ran out over an unsaved form, or the page was reloaded after: the server still takes it. */
  async #sendDrafts(): Promise<void> {
    for (const interaction of otherDrafts(this.agent.pop?.interaction ?? null)) {
      const draft = readDraft(interaction);
      if (!draft) continue;
      const reply = await this.try({ type: 'wrap_up.save', interaction, ...draft, done: false });
      if (reply.result === 'done' || (reply.result === 'refused' && reply.code === 'unknown_interaction')) dropDraft(interaction);
    }
  }
}

type Door = { is: 'opening' } | { is: 'closed' } | { is: 'unreachable' } | { is: 'open'; session: Session };

class Entrance {
  door = $state.raw<Door>({ is: 'opening' });

  /** Who is signed in already? */
  async arrive(): Promise<void> {
    try {
      await this.enter(await rest.me());
    } catch (refused) {
      const out = refused instanceof rest.Refused && refused.status === 401;
      this.door = { is: out ? 'closed' : 'unreachable' };
    }
  }

  async enter(me: Me): Promise<void> {
    const center = await rest.center();
    if (!languageWasChosen()) await text.use(me.language);
    this.door = { is: 'open', session: new Session(me, center, () => this.#close(false)) };
  }

  async leave(): Promise<void> {
    if (this.door.is === 'open') this.door.session.stop(true);
    await rest.signOut().catch(() => undefined);
    this.door = { is: 'closed' };
  }

  #close(forget: boolean): void {
    if (this.door.is === 'open') this.door.session.stop(forget);
    this.door = { is: 'closed' };
  }
}

export const entrance = new Entrance();
