/** Where a call can go, as the server tells an agent. */

import { ask } from '../api/rest';
import type { Colleagues } from '../api/wire';

export type { Colleague, ColleagueFlow as Way, ColleagueQueue as Line, Colleagues } from '../api/wire';

export const colleagues = (): Promise<Colleagues> => ask('GET', '/colleagues');
