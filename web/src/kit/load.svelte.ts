/** Questions of a component: asked while it is on the screen, anew when what they are about changes. */

import { untrack } from 'svelte';

import { Refused } from '../api/rest';
import { Asking, type Manner } from './asking.svelte';

/** `about` is reactive; `null` asks nothing. Where it is always the same: `() => true`. */
export function load<About, T extends NonNullable<unknown>>(
  about: () => About | null,
  ask: (about: About) => Promise<T>,
  manner: Manner = {},
): Asking<About, T> {
  const asking = new Asking(ask, manner);
  $effect(() => {
    const wanted = about();
    untrack(() => asking.put(wanted));
  });
  $effect(() => () => asking.stop());
  return asking;
}

/** Asked again `everyMs` after each answer: a slow server is not asked twice, and nobody for a page that is hidden. */
export const poll = <About, T extends NonNullable<unknown>>(
  about: () => About | null,
  ask: (about: About) => Promise<T>,
  everyMs: number,
): Asking<About, T> => load(about, ask, { everyMs });

const AWAY_MS = 3_000;

/** A part of the page that comes after the first paint; asked for again while the server is away. */
export const late = <Part extends NonNullable<unknown>>(part: () => Promise<Part>): Asking<true, Part> =>
  load(
    () => true as const,
    () =>
      part().catch((error: unknown) => {
        throw new Refused(0, 'unreachable', String(error));
      }),
    { awayMs: AWAY_MS },
  );
