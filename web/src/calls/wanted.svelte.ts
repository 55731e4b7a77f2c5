/**
 * The number of a `tel:` link, which the browser brings as `/?dial=tel:…`. It goes into the dial field and is not called
 * by itself: any page on the web can have such a link.
 */

import { telephone } from './number';

class Wanted {
  number = $state<string | null>(null);

  /** Takes it out of the address: a reload does not bring it again. */
  read(): void {
    const asked = new URLSearchParams(location.search).get('dial');
    if (asked === null) return;
    this.number = telephone(asked);
    history.replaceState(null, '', location.pathname + (location.hash || '#/'));
  }

  take(): string | null {
    const { number } = this;
    this.number = null;
    return number;
  }
}

export const wanted = new Wanted();

export const canRegister = (): boolean => 'registerProtocolHandler' in navigator && isSecureContext;

/** The browser asks the person; what was answered it tells nobody. */
export function register(): void {
  navigator.registerProtocolHandler('tel', `${location.origin}/?dial=%s`);
}
