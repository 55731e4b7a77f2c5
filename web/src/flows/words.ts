/** What steps, their fields and their mistakes are called. */

import type { FlowFinding, FlowPart } from '../api/flows';
import { t, text } from '../text/text.svelte';

export const stepLabel = (kind: unknown): string => (text.has(`flow-do-${String(kind)}`) ? t(`flow-do-${String(kind)}`) : String(kind ?? '?'));

export const fieldLabel = (key: string): string => (text.has(`flow-field-${key}`) ? t(`flow-field-${key}`) : key);

/** `choices.1`: the digit; `cases.0`: the first. */
export function wayLabel(way: string): string {
  const [key = '', at] = way.split('.');
  if (key === 'choices') return t('flow-way-choice', { digit: at ?? '' });
  if (key === 'cases') return t('flow-way-case', { nth: Number(at) + 1 });
  return fieldLabel(key);
}

export function findingWords({ code, named, message }: FlowFinding): string {
  const id = `flow-wrong-${code.replaceAll('_', '-')}`;
  if (!text.has(id)) return message;
  const near = named['near'];
  const told = t(id, { name: named['name'] ?? '', key: named['key'] ?? '', count: named['count'] ?? '' });
  return near ? `${told} ${t('flow-near', { near })}` : told;
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.map(shown).join(', ') : typeof value === 'object' && value !== null ? Object.entries(value).map(([key, one]) => `${key} ${String(one)}`).join(', ') : String(value ?? '');

/** What a step says of itself on one line. */
export function summary({ fields }: FlowPart): string {
  for (const key of ['queue', 'prompts', 'target', 'by', 'agent', 'reason']) if (fields[key] !== undefined) return shown(fields[key]);
  return '';
}
