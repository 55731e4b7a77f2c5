/** What a tab knows of the browser's phone. Plain values: they also travel between tabs. */

export type Line = 'off' | 'starting' | 'registered' | 'retrying' | 'refused';

/** Of the media only; the state of the call is the server's. */
export type Media = 'none' | 'incoming' | 'answering' | 'connected';

export interface PhoneStatus {
  line: Line;
  media: Media;
  muted: boolean;
  /** Interaction of the media on hand. */
  interaction: string | null;
}

export const phoneOff: PhoneStatus = { line: 'off', media: 'none', muted: false, interaction: null };

/** What one tab may ask of the tab that has the phone. */
export type PhoneAsk =
  | { ask: 'start' | 'stop' | 'answer' | 'status' | 'clear' }
  | { ask: 'mute'; muted: boolean }
  | { ask: 'tone'; tone: string };
