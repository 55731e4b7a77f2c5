/** What a tab knows of the browser's phone. Plain values: they also travel between tabs. */

export type Line = 'off' | 'starting' | 'registered' | 'retrying' | 'refused';

/** Of the media only; the state of the call is the server's. */
export type Media = 'none' | 'incoming' | 'answering' | 'connected';

/** Why nobody could hear this agent. `gone`: it was there; `silenced`: the system gives no sound of it. */
export type MicrophoneProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'gone' | 'silenced';

/** The microphone: not asked for yet, open, or why not. */
export type Voice = 'unknown' | 'open' | MicrophoneProblem;

/** Why an answer was not carried out; the ring goes on. */
export type AnswerRefused = MicrophoneProblem | 'line' | 'unheard' | 'no_ring';

/** What is heard, and what is not, in the call on hand. */
export interface Hearing {
  /** The agent talks into a muted microphone. */
  talkingMuted: boolean;
  /** The microphone gives nothing at all. */
  silent: boolean;
  /** Nothing is heard of the other side. */
  farSilent: boolean;
}

export const hearsAll: Hearing = { talkingMuted: false, silent: false, farSilent: false };

export interface PhoneStatus {
  line: Line;
  media: Media;
  muted: boolean;
  /** Interaction of the media on hand. */
  interaction: string | null;
  voice: Voice;
  /** The name of the microphone in use, or of the one that is gone. */
  device: string;
  hearing: Hearing;
  /** The interaction whose audio went from here to another phone of the agent. */
  left: string | null;
  /** The last answer that was not carried out, counted so that each is told once. */
  refused: { why: AnswerRefused; count: number } | null;
}

export const phoneOff: PhoneStatus = {
  line: 'off',
  media: 'none',
  muted: false,
  interaction: null,
  voice: 'unknown',
  device: '',
  hearing: hearsAll,
  left: null,
  refused: null,
};

/** On shift, and nobody could hear this agent. */
export const isVoiceless = ({ line, voice }: PhoneStatus): boolean =>
  line !== 'off' && voice !== 'open' && voice !== 'unknown';

/** What one tab may ask of the tab that has the phone. */
export type PhoneAsk =
  | { ask: 'start' | 'stop' | 'answer' | 'status' | 'devices' | 'instead' }
  | { ask: 'clear'; rungBefore: number }
  | { ask: 'mute'; muted: boolean }
  | { ask: 'tone'; tone: string };
