/** What the call bar can do now, and why not: one table for buttons and keys. */

import type { Session } from '../live/session.svelte';
import type { Action } from '../shell/keys';

export type CallAction = Exclude<Action, 'keys' | 'find'> | 'decline' | 'keypad';

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
    return {
      answer: ringing ? (media === 'incoming' ? null : media === 'answering' ? 'not-now-answering' : 'not-now-media') : 'not-now-ring',
      decline: ringing ? linkless : 'not-now-ring',
      mute: sound,
      hold: phase === 'parked' ? 'not-now-sound' : call,
      keypad: sound,
      hang_up: call,
    };
  });

  run(action: CallAction): void {
    if (this.obstacles[action] !== null) return;
    const { session } = this;
    switch (action) {
      case 'answer':
        return session.phone?.answer();
      case 'decline':
        return void session.ask({ type: 'call.decline' });
      case 'mute':
        return session.phone?.mute(!session.phone.status.muted);
      case 'hold':
        return void session.ask({ type: session.phase === 'held' ? 'call.resume' : 'call.hold' });
      case 'keypad':
        this.keypadOpen = !this.keypadOpen;
        return;
      case 'hang_up':
        return void session.ask({ type: 'call.hang_up' });
    }
  }
}
