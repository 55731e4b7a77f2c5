/** Kinds and records for tests: those of the mock. */

import { readFileSync } from 'node:fs';

import type { KindSheet, RecordSheet } from '../../src/api/records';
import type { Role } from '../../src/api/wire';
import { type Kind, pageKind } from '../../src/records/kind';
import type { Reader } from '../../src/records/value';

const sheets = JSON.parse(readFileSync(new URL('../../dev/kinds.json', import.meta.url), 'utf8')) as KindSheet[];

export function sheet(kind: string): KindSheet {
  const found = sheets.find((one) => one.kind === kind);
  if (!found) throw new Error(kind);
  return found;
}

export const kind = (key: string, role: Role = 'agent'): Kind => pageKind(sheet(key), role);

export const record = (more: Partial<RecordSheet> = {}): RecordSheet => ({
  id: 7,
  number: 'T-2026-00007',
  title: 'Watch runs slow',
  state: 'open',
  version: 3,
  customer: { id: 4711, title: '王丽华' },
  fields: { subject: 'Watch runs slow', type: 'fault', priority: 'high' },
  created: Date.parse('2026-11-29T08:00:00Z') * 1000,
  created_by: { id: 'ana', title: 'Ana Lindqvist' },
  updated: Date.parse('2026-11-29T09:00:00Z') * 1000,
  updated_by: { id: 'ana', title: 'Ana Lindqvist' },
  ...more,
});

export const reader: Reader = {
  language: 'en',
  now: Date.parse('2026-11-30T00:00:00Z') * 1000,
  yes: 'Yes',
  no: 'No',
  person: (key) => (key === 'meng' ? '孟浩' : key),
  team: (key) => key,
};
