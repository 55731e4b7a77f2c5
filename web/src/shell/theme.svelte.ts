/** Light or dark: what the switch said in this browser, else what the system prefers. */

import { remember, remembered } from '../kit/remember';

export type Theme = 'light' | 'dark';

class ThemeChoice {
  now = $state<Theme>('light');

  start(): void {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => {
      const chosen = remembered('theme');
      this.#show(chosen === 'light' || chosen === 'dark' ? chosen : dark.matches ? 'dark' : 'light');
    };
    dark.addEventListener('change', follow);
    follow();
  }

  toggle(): void {
    const next = this.now === 'dark' ? 'light' : 'dark';
    remember('theme', next);
    this.#show(next);
  }

  #show(theme: Theme): void {
    this.now = theme;
    document.documentElement.dataset.theme = theme;
  }
}

export const theme = new ThemeChoice();
