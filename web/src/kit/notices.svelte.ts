/** Short messages to the person, spoken by screen readers, gone by themselves. */

import { refusalWords } from './words';

export interface Notice {
  id: number;
  tone: 'good' | 'warn' | 'bad';
  words: string;
}

const SHOWN_MS = 7000;
const SHOWN_MAX = 4;

class Notices {
  list = $state<Notice[]>([]);
  #next = 1;

  /** The same words once more take the place of the first: a key may be pressed again and again. */
  tell(tone: Notice['tone'], words: string): void {
    const id = this.#next++;
    this.list = [...this.list.filter((notice) => notice.words !== words), { id, tone, words }].slice(-SHOWN_MAX);
    setTimeout(() => this.drop(id), SHOWN_MS);
  }

  drop(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  /** The code in the person's language, else what the server wrote. */
  refused(code: string, message: string): void {
    this.tell('bad', refusalWords(code, message));
  }
}

export const notices = new Notices();
