/** Figures as people read them. Pure. */

import type { Figure, Resolved } from '../api/rules';
import type { Language, QueueEntry } from '../api/wire';
import { day, duration } from '../text/format';

export const percent = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(1)}%`);

export function shown(figure: Figure): string {
  if (figure.value === null) return '–';
  return figure.name.endsWith('_s') ? duration(figure.value * 1000) : percent(figure.value);
}

/** A queue in the language on the screen, which need not be the account's; a day as that language writes it. Empty: it is gone. */
export function whose(row: Resolved, by: string, queues: readonly QueueEntry[], language: Language): string {
  if (by === 'day') return day(row.key, language);
  const queue = by === 'queue' ? queues.find(({ key }) => key === row.key) : undefined;
  return queue?.[language] || row.name || row.key;
}

/** Days that must be over before anything is decided, longer than the time asked for: nothing can be. */
export const tooYoung = (reachDays: number, days: number): boolean => days >= reachDays;
