/** Campaigns that call out, as `docs/api.md` writes them. Supervisors. */

import { ask } from './rest';
import type { Campaign, CampaignLoad, CampaignState, DoNotCall } from './wire';

export type { Campaign, CampaignLoad, CampaignState, DoNotCall };

export const campaigns = (): Promise<Campaign[]> => ask<{ items: Campaign[] }>('GET', '/campaigns').then(({ items }) => items);

export const become = (key: string, state: CampaignState): Promise<void> =>
  ask('POST', `/campaigns/${encodeURIComponent(key)}/state`, { state });

/** A CSV file whose first line names the columns. */
export const loadEntries = (key: string, file: Blob): Promise<CampaignLoad> =>
  ask('POST', `/campaigns/${encodeURIComponent(key)}/entries`, file, { 'content-type': 'text/csv' });

export const lookUp = (number: string): Promise<DoNotCall> => ask('GET', `/do-not-call?${new URLSearchParams({ number })}`);

export const forbid = (number: string, why: string): Promise<void> => ask('POST', '/do-not-call', { number, why });
