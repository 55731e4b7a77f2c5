/** Reports, as `docs/api.md` writes them. */

import { ask, download } from './rest';
import type { BuiltInReport, OwnReport, ReportAnswer, ReportChart, ReportColumn, ReportList } from './wire';

export type { BuiltInReport, OwnReport, ReportAnswer, ReportChart, ReportColumn };
export type Cell = ReportAnswer['rows'][number][number];

/** What a report is asked with; what is empty is not asked. */
export interface Filters {
  from: string;
  to: string;
  queue: string;
  agent: string;
  numbers: Readonly<Record<string, number>>;
}

const asked = ({ numbers, ...filters }: Filters, format: string): URLSearchParams => {
  const said = { ...filters, ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])), format };
  return new URLSearchParams(Object.entries(said).filter(([, value]) => value !== ''));
};
const path = (key: string): string => `/reports/${encodeURIComponent(key)}`;

export const reports = (): Promise<ReportList> => ask('GET', '/reports');

export const answer = (key: string, filters: Filters): Promise<ReportAnswer> => ask('GET', `${path(key)}?${asked(filters, '')}`);

export const answerFile = (key: string, filters: Filters, format: 'csv' | 'xlsx' | 'pdf'): Promise<void> =>
  download(`${path(key)}?${asked(filters, format)}`, `${key}.${format}`);

export const tryOut = (sql: string, { numbers: _, ...filters }: Filters): Promise<ReportAnswer> =>
  ask('POST', '/report-trials', { sql, ...Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== '')) });

export interface Draft {
  name: string;
  sql: string;
  shared: boolean;
}

export const keep = (key: string | null, draft: Draft): Promise<OwnReport> =>
  key === null ? ask('POST', '/reports', draft) : ask('PUT', path(key), draft);

export const forget = (key: string): Promise<void> => ask('DELETE', path(key));
