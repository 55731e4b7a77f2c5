/**
 * Every word on the screen (Fluent), `user > browser > English`. `en.ftl` and `zh.ftl` have what the desk shows
 * at once, `en/` and `zh/` the rest, a file a page, which all come with the first page that is loaded when it is wanted.
 */

import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

import type { Language, Named, Words } from '../api/wire';
import { remembered, remember } from '../kit/remember';

const sources = {
  en: { desk: () => import('./en.ftl?raw'), pages: () => import('./en/pages') },
  zh: { desk: () => import('./zh.ftl?raw'), pages: () => import('./zh/pages') },
} as const;

class Text {
  language = $state<Language>('en');
  #bundle = $state.raw<FluentBundle>(new FluentBundle('en'));
  #wanted: Language = 'en';
  /** What was asked for last, while it comes. */
  #coming: Promise<void> = Promise.resolve();
  #turn = 0;
  #pages: Promise<void> | null = null;

  use(language: Language): Promise<void> {
    this.#wanted = language;
    return (this.#coming = this.#load(language, ++this.#turn));
  }

  async #load(language: Language, turn: number): Promise<void> {
    const { desk, pages } = sources[language];
    const parts = await Promise.all(this.#pages ? [desk(), pages()] : [desk()]);
    // Somebody switched meanwhile, or wants more.
    if (turn !== this.#turn) return this.#coming;
    const bundle = new FluentBundle(language === 'zh' ? 'zh-CN' : 'en-GB', { useIsolating: false });
    for (const part of parts) bundle.addResource(new FluentResource(part.default));
    this.#bundle = bundle;
    this.language = language;
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }

  /** The words of every page, from now on. Reads no state: who asks is not asked again with every language. */
  whole(): Promise<void> {
    return (this.#pages ??= Promise.resolve()
      .then(() => this.use(this.#wanted))
      .catch((error: unknown) => {
        this.#pages = null;
        throw error;
      }));
  }

  /** The user's switch: it stays for this browser. */
  choose(language: Language): Promise<void> {
    remember('language', language);
    return this.use(language);
  }

  say(id: string, values?: Record<string, FluentVariable>): string {
    const pattern = this.#bundle.getMessage(id)?.value;
    return pattern ? this.#bundle.formatPattern(pattern, values ?? null, []) : id;
  }

  has(id: string): boolean {
    return this.#bundle.hasMessage(id);
  }
}

export const text = new Text();

/** A message in the language on the screen; in a template it follows the switch. */
export const t = (id: string, values?: Record<string, FluentVariable>): string => text.say(id, values);

/** The server's sentence in both languages. */
export const words = (both: Words | null | undefined): string => both?.[text.language] || both?.en || '';

/** The name of a reason, a disposition, a queue; old records carry the name itself, in one language. */
export function named(list: readonly Named[], key: string | null): string {
  const found = list.find((entry) => entry.key === key || entry.en === key || entry.zh === key);
  return found ? found[text.language] || found.en : (key ?? '');
}

/** What the switch said last, else what the browser prefers. */
export function firstLanguage(): Language {
  const chosen = remembered('language');
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) && !prefersEnglishFirst() ? 'zh' : 'en';
}

const prefersEnglishFirst = (): boolean => (navigator.languages[0] ?? 'en').toLowerCase().startsWith('en');

/** Whether somebody used the switch in this browser: then it outranks the account's language. */
export const languageWasChosen = (): boolean => remembered('language') !== null;
