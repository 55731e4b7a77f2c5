/** Which records are offered beside a call, and which first. Pure. */

import type { RecordSheet } from '../api/records';
import type { Kind } from '../records/kind';

/** What the call is about: keys and names of the queue, what the caller chose. */
export type About = readonly string[];

/** A condition may have so many characters. */
const LONGEST = 900;

const plainWord = (word: string): boolean => word !== '' && !/['\\\n]/.test(word);

/** Of a question to the server; `null`: all of them. Words that were typed are asked for whatever the call is about. */
export function conditionOf({ call }: Kind, about: About, typed: string): string | null {
  const when = call?.when ? `(${call.when})` : '';
  if (!call?.about || typed.trim() !== '') return when || null;
  const fits = [`${call.about} == ''`];
  for (const word of about.filter(plainWord)) {
    const next = `${call.about} contains '${word}'`;
    if ([when, ...fits, next].join(' or ').length > LONGEST) break;
    fits.push(next);
  }
  return [when, `(${fits.join(' or ')})`].filter(Boolean).join(' and ');
}

/** `repair, 维修` names two. */
const namedIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? value
        .split(/[,，;；、]/)
        .map((word) => word.trim().toLowerCase())
        .filter(Boolean)
    : [];

/** Says that it is for this call: `yes`; for every call: `all`. */
export function fits({ call }: Kind, record: RecordSheet, about: About): 'yes' | 'all' | 'no' {
  const named = call?.about ? namedIn(record.fields[call.about]) : [];
  if (named.length === 0) return 'all';
  return about.some((word) => named.includes(word.toLowerCase())) ? 'yes' : 'no';
}

const number = (value: unknown): number => Number(value ?? 0) || 0;

/** Those for this call first, then those in the language of the customer, then those that helped most. */
export function ranked(kind: Kind, records: readonly RecordSheet[], about: About, language: string | null, typed: string): RecordSheet[] {
  const { call } = kind;
  const speaks = (language ?? '').slice(0, 2).toLowerCase();
  const place = (record: RecordSheet): number[] => [
    fits(kind, record, about) === 'yes' ? 0 : 1,
    call?.language && speaks && record.fields[call.language] === speaks ? 0 : 1,
    call?.helped ? -number(record.fields[call.helped]) : 0,
  ];
  const sorted = typed.trim() === '' ? records.filter((record) => fits(kind, record, about) !== 'no') : [...records];
  return sorted
    .map((record, at) => ({ record, order: [...place(record), at] }))
    .sort((a, b) => a.order.map((part, i) => part - (b.order[i] ?? 0)).find((difference) => difference !== 0) ?? 0)
    .map(({ record }) => record);
}
