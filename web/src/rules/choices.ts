/** The names of what this center's rules name by key, for everything on the page that tells a change. */

import { getContext, setContext } from 'svelte';

import type { QueueSheet } from '../api/rules';

type Choices = () => QueueSheet['choices'] | undefined;
const KEY = Symbol('choices');

export const provideNamesOfRules = (choices: Choices): Choices => setContext(KEY, choices);

/** Nothing until the page has read them: keys stand for themselves then. */
export const namesOfRules = (): Choices => getContext<Choices | undefined>(KEY) ?? (() => undefined);
