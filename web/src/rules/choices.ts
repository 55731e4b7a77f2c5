/** What can be chosen, by name: of this center's rules for everything on the page that tells a change. */

import { getContext, setContext } from 'svelte';

import type { QueueSheet } from '../api/rules';
import type { Named } from '../api/wire';
import { text } from '../text/text.svelte';

type Choices = () => QueueSheet['choices'] | undefined;
const KEY = Symbol('choices');

export const provideNamesOfRules = (choices: Choices): Choices => setContext(KEY, choices);

/** Nothing until the page has read them: keys stand for themselves then. */
export const namesOfRules = (): Choices => getContext<Choices | undefined>(KEY) ?? (() => undefined);

export interface Option<Value = string> {
  key: Value;
  words: string;
}

export const byName = (list: readonly Named[]): Option[] => list.map((one) => ({ key: one.key, words: one[text.language] || one.key }));

/** Keys as they are written, in words. */
export const inWords = <Key extends string>(keys: readonly Key[], words: (key: Key) => string): Option<Key>[] =>
  keys.map((key) => ({ key, words: words(key) }));
