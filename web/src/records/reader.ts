/** How the person who looks reads values. */

import type { Session } from '../live/session.svelte';
import { named, t, text } from '../text/text.svelte';
import type { Reader } from './value';

export const reader = ({ center }: Session): Reader => ({
  language: text.language,
  // Only the day counts: cells are not read anew with every tick.
  now: Date.now() * 1000,
  yes: t('record-yes'),
  no: t('record-no'),
  person: (key) => center.people.find((person) => person.key === key)?.name ?? key,
  team: (key) => named(center.groups, key),
});
