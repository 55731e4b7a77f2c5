/** How scores, stages and points are told. Pure. */

import type { EvaluationAnswer, EvaluationStage, ScorecardItem } from '../api/quality';
import type { Language } from '../api/wire';
import type { Look } from '../shell/state';
import { locale } from '../text/format';

/** Hundredths of a percent: `87.5%`. */
export const percent = (score: number | null, language: Language): string =>
  score === null ? '–' : new Intl.NumberFormat(locale(language), { style: 'percent', maximumFractionDigits: 2 }).format(score / 10_000);

/** Thousandths: `0.636`. */
export const coefficient = (kappa: number | null, language: Language): string =>
  kappa === null ? '–' : new Intl.NumberFormat(locale(language), { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(kappa / 1000);

export const LOOKS: Record<EvaluationStage, Look> = {
  open: { icon: 'pen', tone: 'held' },
  submitted: { icon: 'check', tone: 'ready' },
  disputed: { icon: 'warn', tone: 'bad' },
  settled: { icon: 'lock', tone: 'away' },
};

/** What can be said of an item: its points from most to none, and that it does not apply. */
export function choices({ points, optional }: Pick<ScorecardItem, 'points' | 'optional'>): (number | null)[] {
  const all: (number | null)[] = Array.from({ length: points + 1 }, (_, nth) => points - nth);
  return optional ? [...all, null] : all;
}

/** With another word about one item; what was noted of it stays. */
export const said = (answers: Record<string, EvaluationAnswer>, item: string, more: Partial<EvaluationAnswer>): Record<string, EvaluationAnswer> => ({
  ...answers,
  [item]: { ...(answers[item] ?? { points: null }), ...more },
});

/** A text of both languages in the one that is read, else in the other. */
export function inLanguage(label: string | Record<string, string> | undefined, language: Language): string {
  if (typeof label === 'string') return label;
  return label?.[language] || label?.['en'] || label?.['zh'] || '';
}
