/** The SIP messages of a contact as rungs of a ladder. Pure. */

import type { SipMessage } from '../api/wire';

export interface Rung {
  at: number;
  from: string;
  to: string;
  /** Method, or status with its phrase. */
  line: string;
  /** A refusal. */
  failed: boolean;
  text: string;
}

export function rungs(messages: SipMessage[]): Rung[] {
  return messages.map(({ at, from, to, line, text }) => {
    const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(line);
    const shown = status ? `${status[1]} ${status[2]}`.trim() : (line.split(' ')[0] ?? line);
    return { at, from, to, line: shown, failed: status !== null && Number(status[1]) >= 400, text };
  });
}
