/** Figures that were beyond their limits, as `docs/api.md` writes it. Supervisors. */

import { ask } from './rest';
import type { Alert, AlertHistory } from './wire';

/** The newest hundred, those that go on and those that are over. */
export const alerts = (): Promise<{ items: Alert[] }> => ask('GET', '/alerts?limit=100');

/** One with all that happened to it. */
export const alertPast = (id: number): Promise<AlertHistory> => ask('GET', `/alerts/${id}`);
