/** Scorecards and evaluations, as `docs/api.md` writes them. */

import { ask } from './rest';
import type { EvaluationAnswer, EvaluationDetail, EvaluationLine, EvaluationStage, Scorecard, ScorecardAgreement } from './wire';

export type { EvaluationAnswer, EvaluationDetail, EvaluationLine, EvaluationScore, EvaluationStage, ScorecardItem, Scorecard, ScorecardAgreement } from './wire';

/** By the key of the item. */
export type Answers = Record<string, EvaluationAnswer>;

/** What a list is narrowed by; what is empty narrows nothing. */
export interface Wanted {
  rater?: string;
  stage?: EvaluationStage | '';
  agent?: number | '';
  interaction?: string;
  before?: number;
}

const items = <T>({ items }: { items: T[] }): T[] => items;
const of = (id: number): string => `/evaluations/${id}`;

export const scorecards = (): Promise<Scorecard[]> => ask<{ items: Scorecard[] }>('GET', '/scorecards').then(items);

export function evaluations(wanted: Wanted): Promise<EvaluationLine[]> {
  const said = Object.entries(wanted).filter(([, value]) => value !== '' && value !== undefined);
  const query = new URLSearchParams(said.map(([name, value]) => [name, String(value)]));
  return ask<{ items: EvaluationLine[] }>('GET', `/evaluations?${query}`).then(items);
}

export const evaluation = (id: number): Promise<EvaluationDetail> => ask('GET', of(id));

/** Several raters: a calibration. */
export const begin = (interaction: string, scorecard: string, raters: string[] = []): Promise<EvaluationLine[]> =>
  ask<{ items: EvaluationLine[] }>('POST', '/evaluations', { interaction, scorecard, raters }).then(items);

export const fill = (id: number, answers: Answers, coaching: string, submit: boolean): Promise<EvaluationDetail> =>
  ask('PUT', of(id), { answers, coaching, submit });

export const forget = (id: number): Promise<void> => ask('DELETE', of(id));

export const dispute = (id: number, text: string): Promise<void> => ask('POST', `${of(id)}/dispute`, { text });

/** `null`: the evaluation stands as it was. */
export const reply = (id: number, text: string, answers: Answers | null): Promise<void> =>
  ask('POST', `${of(id)}/reply`, { text, ...(answers && { answers }) });

/** Times as the server reads them. */
export const pick = (scorecard: string, from: string, to: string): Promise<number> =>
  ask<{ begun: number }>('POST', `/scorecards/${encodeURIComponent(scorecard)}/picks`, { from, to }).then(({ begun }) => begun);

export const agreement = (scorecard: string, interaction: string): Promise<ScorecardAgreement> =>
  ask('GET', `/scorecards/${encodeURIComponent(scorecard)}/agreement?${new URLSearchParams({ interaction })}`);
