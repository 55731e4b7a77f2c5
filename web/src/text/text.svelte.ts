/** Every word on the screen, from `en.ftl` and `zh.ftl` (Fluent). `user > browser > English`. */

import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

import type { Language, Named, Words } from '../api/wire';
import { remembered, remember } from '../shell/remember';

const sources = {
  en: () => import('./en.ftl?raw'),
  zh: () => import('./zh.ftl?raw'),
} as const;

class Text {
  language = $state<Language>('en');
  #bundle = $state.raw<FluentBundle>(new FluentBundle('en'));

  async use(language: Language): Promise<void> {
    const source = await sources[language]();
    const bundle = new FluentBundle(language === 'zh' ? 'zh-CN' : 'en-GB', { useIsolating: false });
    bundle.addResource(new FluentResource(source.default));
    this.#bundle = bundle;
    this.language = language;
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
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
