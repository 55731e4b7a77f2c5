/** What the fields of forms may name: objects of other kinds, flows. Asked for once a page. */

import { getContext, setContext } from 'svelte';

import * as api from '../api/setup';
import type { SetupEntry, SetupForms } from '../api/setup';
import { text } from '../text/text.svelte';
import { labelOf } from './values';

export interface Choice {
  key: string;
  name: string;
}

/** What people call an object. */
export function nameOf(fields: api.Fields, key: string): string {
  const { en, zh } = labelOf(fields['name'] ?? fields['company']);
  return (text.language === 'zh' ? zh || en : en || zh) || key;
}

export class Choices {
  #told = $state.raw<Readonly<Record<string, readonly SetupEntry[]>>>({});
  /** In the language on the screen. */
  readonly #known = $derived(Object.fromEntries(Object.entries(this.#told).map(([kind, items]) => [kind, items.map(({ key, fields }): Choice => ({ key, name: nameOf(fields, key) }))])));
  readonly #asked = new Set<string>();

  constructor(readonly forms: SetupForms) {}

  /** Those that are there; they come when they are wanted. */
  of(kind: string): readonly Choice[] {
    if (!this.#asked.has(kind)) {
      this.#asked.add(kind);
      queueMicrotask(() => void this.again(kind));
    }
    return this.#known[kind] ?? [];
  }

  async again(kind: string): Promise<void> {
    const told = await api.objects(kind).catch(() => null);
    if (told) this.#told = { ...this.#told, [kind]: told.items };
    else this.#asked.delete(kind);
  }

  /** Something of this kind was made, changed or taken away. */
  stale(kind: string): void {
    if (this.#asked.has(kind)) void this.again(kind);
  }
}

const KEY = Symbol('choices of the set-up');
export const provideChoices = (choices: () => Choices): void => void setContext(KEY, choices);
export const useChoices = (): Choices => getContext<() => Choices>(KEY)();
