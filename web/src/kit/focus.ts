/**
 * Keeps the focus where the work is. What had it may be gone a moment later (a choice that was made, a form that
 * was saved): a browser then begins again at the top of the page.
 */

const off = (element: Element): boolean => element.matches(':disabled');

/** For the part of the page whose content changes; `data-focus` marks where to go on in it. */
export function keepFocus(root: HTMLElement): { destroy(): void } {
  let last: HTMLElement | null = null;
  const nowhere = (): boolean => document.activeElement === null || document.activeElement === document.body;
  const came = ({ target }: FocusEvent): void => {
    last = target instanceof HTMLElement ? target : null;
  };
  // Left on purpose; not by vanishing, and not by being switched off while something is asked.
  const left = (): void =>
    void setTimeout(() => {
      if (last?.isConnected && !off(last)) last = null;
    });
  const changed = (): void => {
    if (!last || !nowhere()) return;
    if (!last.isConnected) {
      last = null;
      (root.querySelector<HTMLElement>('[data-focus]') ?? root).focus({ preventScroll: true });
    } else if (!off(last)) {
      last.focus({ preventScroll: true });
    }
  };
  const observer = new MutationObserver(changed);
  root.addEventListener('focusin', came);
  root.addEventListener('focusout', left);
  observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  return {
    destroy(): void {
      observer.disconnect();
      root.removeEventListener('focusin', came);
      root.removeEventListener('focusout', left);
    },
  };
}

const STOPS = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Where Tab goes on from the last stop inside `root` (backwards: from the first); `null`: it is neither. */
export function around(root: HTMLElement, backwards: boolean): HTMLElement | null {
  const stops = [...root.querySelectorAll<HTMLElement>(STOPS)].filter(
    (stop) => stop.tabIndex >= 0 && !off(stop) && stop.getClientRects().length > 0,
  );
  const [from, to] = backwards ? [stops.at(0), stops.at(-1)] : [stops.at(-1), stops.at(0)];
  return to && (document.activeElement === from || document.activeElement === root) ? to : null;
}
