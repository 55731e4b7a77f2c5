/** What the server refused, in the person's language; else what the server wrote. */

import type { FieldRefused } from '../api/wire';
import { t, text } from '../text/text.svelte';

const known = (id: string, told: string): string => (text.has(id) ? t(id) : told);

export const refusalWords = (code: string, told: string): string => known(`refused-${code}`, told);

/** The same code may mean something else to what was asked for: `act-refused-CODE`. */
export const refusedAs = (what: string, code: string, told: string): string => known(`${what}-refused-${code}`, refusalWords(code, told));

export const fieldWords = ({ code, detail }: Pick<FieldRefused, 'code' | 'detail'>): string => known(`field-${code}`, detail);
