/** Jobs on many records of a kind: tables taken in, all that a list shows changed. */

import { ask, download } from './rest';
import type { Values } from './records';
import type { Language, Micros, Words } from './wire';

export type JobState = 'new' | 'checking' | 'checked' | 'running' | 'done' | 'undoing' | 'undone' | 'stopped' | 'failed';
export type RowHow = 'waiting' | 'made' | 'changed' | 'skipped' | 'refused' | 'back' | 'kept';
export type Duplicates = 'skip' | 'update' | 'make';
export type Counts = Readonly<Record<'made' | 'changed' | 'skipped' | 'refused' | 'back' | 'kept', number>>;

export interface JobImport {
  name: string;
  encoding: string | null;
  known: 'said' | 'certain' | 'guessed' | 'unsure' | null;
  headers: string[];
  sample: string[][];
  mapping: (string | null)[];
  remembered: boolean;
  by: string[];
  duplicates: Duplicates;
}

export interface Job {
  id: number;
  kind: string;
  state: JobState;
  /** It only looks, or looked. */
  dry: boolean;
  by: string;
  at: Micros;
  ended: Micros | null;
  place: number;
  total: number | null;
  counts: Counts;
  failure: string | null;
  import: JobImport | null;
  edit: { fields: Values; step: string | null } | null;
}

export interface JobRow {
  line: number;
  how: RowHow;
  record: number | null;
  title: string | null;
  mistakes: { column: string; code: string; message: Words }[];
}

export interface JobRows {
  rows: JobRow[];
  next: number | null;
}

export interface Run {
  dry: boolean;
  mapping?: (string | null)[];
  by?: string[];
  duplicates?: Duplicates;
}

const path = (kind: string, ...more: (string | number)[]): string => `/records/${[kind, ...more].map(encodeURIComponent).join('/')}`;

export const beginImport = (kind: string, file: File, encoding = ''): Promise<Job> => {
  const said = new URLSearchParams({ name: file.name, ...(encoding ? { encoding } : {}) });
  return ask('POST', `${path(kind, 'imports')}?${said}`, file, { 'content-type': 'application/octet-stream' });
};

export const beginEdit = (kind: string, edit: { query: string; fields?: Values; step?: string }): Promise<Job> => ask('POST', path(kind, 'edits'), edit);

export const jobs = async (kind: string): Promise<Job[]> => (await ask<{ items: Job[] }>('GET', path(kind, 'jobs'))).items;

export const job = (kind: string, id: number): Promise<Job> => ask('GET', path(kind, 'jobs', id));

export const jobRows = (kind: string, id: number, how: RowHow, after = 0): Promise<JobRows> => ask('GET', `${path(kind, 'jobs', id, 'rows')}?how=${how}&after=${after}`);

export const runJob = (kind: string, id: number, run: Run): Promise<Job> => ask('POST', path(kind, 'jobs', id, 'run'), run);

export const stopJob = (kind: string, id: number): Promise<Job> => ask('POST', path(kind, 'jobs', id, 'stop'), {});

export const undoJob = (kind: string, id: number): Promise<Job> => ask('POST', path(kind, 'jobs', id, 'undo'), {});

/** What a list shows, as a file of this computer. */
export const exportRecords = (kind: string, query: URLSearchParams, format: 'csv' | 'xlsx'): Promise<void> => {
  const wanted = new URLSearchParams(query);
  wanted.delete('limit');
  wanted.set('format', format);
  return download(`${path(kind, 'export')}?${wanted}`, `${kind}.${format}`);
};

/** A record on paper, as its kind says. */
export const recordPdf = (kind: string, id: number, name: string, language: Language): Promise<void> => download(`${path(kind, id, 'pdf')}?language=${language}`, `${name}.pdf`);
