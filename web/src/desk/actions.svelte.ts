/** What the call bar can do now, and why not: one table for buttons and keys. */

import { standingOf } from '../calls/look';
import { notices } from '../kit/notices.svelte';
import type { Session } from '../live/session.svelte';
import { isVoiceless, type Media } from '../phone/status';
import type { Action } from '../shell/keys';
import { t } from '../text/text.svelte';

export type CallAction = Exclude<Action, 'keys' | 'find' | 'make' | 'beside' | 'wall' | 'help'> | 'decline' | 'keypad' | 'take_over';

/** `null`: possible. Else the message that says why not. */
type Obstacle = string | null;

export class CallActions {
  keypadOpen = $state(false);

  constructor(private readonly session: Session) {}

  readonly obstacles: Record<CallAction, Obstacle> = $derived.by(() => {
    const phase = this.session.phase;
    const media = this.session.phone?.status.media ?? 'none';
    const linkless = this.session.link === 'up' ? null : 'not-now-link';
    const inCall = phase === 'talking' || phase === 'held' || phase === 'parked';
    const call = inCall ? linkless : 'not-now-call';
    const sound = inCall && media === 'connected' ? null : inCall ? 'not-now-sound' : 'not-now-call';
    const ringing = phase === 'ringing';
    const own = inCall && this.session.agent.call?.part ? 'not-now-colleagues' : call;
    const { other } = this.session.phone ?? {};
    return {
      answer: ringing ? this.#answerObstacle(media) : 'not-now-ring',
      decline: ringing || this.session.agent.state.state === 'reserved' ? linkless : 'not-now-ring',
      mute: sound,
      hold: phase === 'parked' ? 'not-now-sound' : own,
      // Where another phone has the sound, the server sends the keys.
      keypad: media === 'connected' ? sound : phase === 'parked' ? 'not-now-sound' : own,
      hang_up: phase === 'dialing' ? linkless : call,
      ...this.#othersObstacles(own),
      take_over: this.session.isElsewhere ? linkless : 'not-now-call',
      microphone: other ? null : 'not-now-other',
    };
  });

  /** `own`: what stands in the way of anything done to a call of one's own. */
  #othersObstacles(own: Obstacle): Record<'move' | 'park' | 'swap' | 'merge' | 'complete' | 'drop_other', Obstacle> {
    const { phase, link } = this.session;
    const states = (this.session.agent.call?.others ?? []).map(standingOf);
    const asked = states.some((state) => state === 'consulted' || state === 'waiting');
    const joined = states.includes('joined') || states.includes('muted');
    const where = (there: boolean): Obstacle => own ?? (there ? null : 'not-now-nobody');
    const free = phase === 'idle' || phase === 'wrap_up';
    const asking = asked || states.includes('ringing') ? 'not-now-asking' : null;
    return {
      move: free ? (link === 'up' ? null : 'not-now-link') : (own ?? asking),
      // Who is free takes what rings at a colleague.
      park: free ? (link === 'up' ? null : 'not-now-link') : (own ?? (asked || joined ? 'not-now-others' : asking)),
      swap: where(asked),
      merge: where(asked),
      complete: where(asked || joined),
      drop_other: where(asked || joined || states.includes('ringing')),
    };
  }

  /** Why a ring cannot be answered just now. It rings on. */
  #answerObstacle(media: Media): Obstacle {
    const { phone, link } = this.session;
    if (!phone) return 'not-now-media';
    if (isVoiceless(phone.status)) return `answer-${phone.status.voice}`;
    if (phone.status.line === 'retrying') return 'answer-line';
    if (media === 'incoming') return null;
    if (media === 'answering') return 'not-now-answering';
    return link === 'up' ? 'not-now-media' : 'not-now-link';
  }

  run(action: CallAction): void {
    // One key brings the caller to this headset, whether it rings or the call is elsewhere.
    if (action === 'answer' && this.session.isElsewhere) return this.run('take_over');
    const obstacle = this.obstacles[action];
    // A key that does nothing says why.
    if (obstacle !== null) return notices.tell('warn', t(obstacle));
    const { session } = this;
    switch (action) {
      case 'answer':
        return session.phone?.answer();
      case 'take_over':
        return void session.takeOver();
      case 'decline':
        return void session.ask({ type: 'call.decline', ...session.named });
      case 'mute':
        return session.phone?.mute(!session.phone.status.muted);
      case 'hold':
        return void session.ask({ type: session.phase === 'held' ? 'call.resume' : 'call.hold', ...session.named });
      case 'microphone':
        return void session.phone?.useOther();
      case 'keypad':
        this.keypadOpen = !this.keypadOpen;
        return;
      case 'move':
        return session.calls.openBox();
      case 'park':
        return void (session.calls.moves ? session.calls.park() : session.calls.pickUp());
      case 'swap':
      case 'merge':
      case 'complete':
      case 'drop_other':
        return void session.ask({ type: `call.${action}`, ...session.named });
      case 'hang_up':
        // As long as the own phone rings, nobody is on the line.
        return void session.ask({ type: session.phase === 'dialing' && session.agent.call?.state === 'ringing' ? 'call.decline' : 'call.hang_up', ...session.named });
    }
  }
}
