/** What a job is called, where it stands. Pure. */

import type { Counts, Job, RowHow } from '../../api/jobs';
import type { Kind } from '../kind';

export const isAtWork = ({ state }: Pick<Job, 'state'>): boolean => state === 'checking' || state === 'running' || state === 'undoing';

/** Rows done so far. */
export const doneOf = ({ state, counts, place }: Job): number => (state === 'undoing' || state === 'undone' ? counts.back + counts.kept : place);

/** Rows in all, as far as it is known. */
export const allOf = ({ state, counts, total }: Job): number | null => (state === 'undoing' ? counts.made + counts.changed : total);

const ORDER: readonly Exclude<RowHow, 'waiting'>[] = ['made', 'changed', 'skipped', 'refused', 'back', 'kept'];

/** What there is to tell of a job, in its order. */
export const told = (counts: Counts): { how: Exclude<RowHow, 'waiting'>; count: number }[] =>
  ORDER.map((how) => ({ how, count: counts[how] })).filter(({ count }) => count > 0);

export const mayUndo = (job: Job, user: string, role: string): boolean =>
  !job.dry && ['done', 'stopped', 'failed'].includes(job.state) && job.counts.made + job.counts.changed > 0 && (role === 'admin' || job.by === user);

/** What a column may go to: fields, and what every record has. */
export const targetsOf = (kind: Kind): { key: string; system: boolean }[] => [
  ...kind.fields.filter(({ type, may }) => type !== 'lines' && may.write).map(({ key }) => ({ key, system: false })),
  { key: 'number', system: true },
  ...(kind.of === 'customer' ? [{ key: 'customer', system: true }] : []),
];

/** By what a record may be found: one value each. */
export const findersOf = (kind: Kind, mapping: readonly (string | null)[]): string[] =>
  mapping.filter((key): key is string => {
    if (key === null || key === 'customer') return false;
    const type = kind.fields.find((field) => field.key === key)?.type;
    return type === undefined ? key === 'number' : !['choices', 'refs', 'longtext', 'money'].includes(type);
  });

/** Columns that are left, and two that go to the same field: what keeps it from running. */
export function wrongWith(mapping: readonly (string | null)[]): 'nothing' | 'twice' | null {
  const taken = mapping.filter((key) => key !== null);
  if (taken.every((key) => key === 'number')) return 'nothing';
  return new Set(taken).size < taken.length ? 'twice' : null;
}
