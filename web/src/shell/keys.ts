/** Which key means what. Pure, so that the cheat sheet and the handler cannot differ. */

export type Action =
  | 'answer'
  | 'hang_up'
  | 'mute'
  | 'hold'
  | 'move'
  | 'park'
  | 'swap'
  | 'merge'
  | 'complete'
  | 'drop_other'
  | 'microphone'
  | 'find'
  | 'make'
  | 'beside'
  | 'wall'
  | 'help'
  | 'keys';

export interface Shortcut {
  action: Action;
  key: string;
  shift: boolean;
  ctrl?: boolean;
  /** One character alone: not while somebody writes, and only where such keys are switched on (WCAG 2.1.4). */
  bare?: boolean;
  /** For those who see the wallboard. */
  supervises?: boolean;
  shown: readonly string[];
}

export const SHORTCUTS: readonly Shortcut[] = [
  { action: 'answer', key: 'F2', shift: false, shown: ['F2'] },
  { action: 'hang_up', key: 'F2', shift: true, shown: ['Shift', 'F2'] },
  { action: 'mute', key: 'F4', shift: false, shown: ['F4'] },
  { action: 'hold', key: 'F8', shift: false, shown: ['F8'] },
  { action: 'move', key: 'F9', shift: false, shown: ['F9'] },
  { action: 'park', key: 'F6', shift: true, shown: ['Shift', 'F6'] },
  { action: 'swap', key: 'F7', shift: false, shown: ['F7'] },
  { action: 'merge', key: 'F8', shift: true, shown: ['Shift', 'F8'] },
  { action: 'complete', key: 'F9', shift: true, shown: ['Shift', 'F9'] },
  { action: 'drop_other', key: 'F7', shift: true, shown: ['Shift', 'F7'] },
  { action: 'microphone', key: 'F6', shift: false, shown: ['F6'] },
  { action: 'find', key: 'k', shift: false, ctrl: true, shown: ['Ctrl', 'K'] },
  { action: 'beside', key: 'F3', shift: false, shown: ['F3'] },
  { action: 'make', key: 'F10', shift: false, shown: ['F10'] },
  { action: 'help', key: 'F1', shift: false, shown: ['F1'] },
  { action: 'wall', key: 'w', shift: false, bare: true, supervises: true, shown: ['W'] },
  { action: 'keys', key: '?', shift: true, bare: true, shown: ['?'] },
];

/** The keys that mean something to this person. */
export const shortcutsOf = (supervises: boolean): readonly Shortcut[] => SHORTCUTS.filter((shortcut) => supervises || !shortcut.supervises);

export const isBare = (action: Action): boolean => SHORTCUTS.some((shortcut) => shortcut.action === action && shortcut.bare === true);

export interface Pressed {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  repeat: boolean;
  /** The focus is where text is written. */
  writing: boolean;
}

/** Nothing while an input method composes, and no single character while somebody writes. */
export function actionOf(pressed: Pressed): Action | null {
  if (pressed.isComposing || pressed.repeat || pressed.altKey || pressed.metaKey) return null;
  // On some layouts `?` needs no shift, and with caps lock `w` is `W`: a character alone does not look at it.
  const fits = ({ key, shift, ctrl = false, bare = false }: Shortcut): boolean =>
    key === (ctrl || bare ? pressed.key.toLowerCase() : pressed.key) && ctrl === pressed.ctrlKey && (bare ? !pressed.writing : shift === pressed.shiftKey);
  return SHORTCUTS.find(fits)?.action ?? null;
}

export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=radio]):not([type=checkbox]), textarea, select');
}

/** Somebody writes there, and has written something: an empty field may lose the focus. */
export const isWritten = (target: EventTarget | null): boolean =>
  isWriting(target) && !((target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) && target.value === '');

/** `1`..`9`: the place in a list, for a form that has the focus. */
export function digitOf(pressed: Pressed): number | null {
  if (pressed.isComposing || pressed.ctrlKey || pressed.altKey || pressed.metaKey || pressed.writing) return null;
  return /^[1-9]$/.test(pressed.key) ? Number(pressed.key) : null;
}
