/** Everybody who signs in, and every team: whom a record can name. */

import type { Ref } from '../api/records';
import type { Session } from '../live/session.svelte';
import { named } from '../text/text.svelte';

export const peopleOf = ({ center }: Session): Ref[] => center.people.map(({ key, name }) => ({ id: key, title: name }));

export const teamsOf = ({ center }: Session): Ref[] => center.groups.map(({ key }) => ({ id: key, title: named(center.groups, key) }));
