/** Campaigns that call out, as `docs/api.md` writes them. Supervisors. */

import { ask } from './rest';
import type {
  Campaign,
  CampaignAgent,
  CampaignBoard,
  CampaignCertificate,
  CampaignDial,
  CampaignList,
  CampaignLoad,
  CampaignSaid,
  CampaignSimulation,
  CampaignState,
  CampaignTrial,
  DoNotCall,
} from './wire';

export type {
  Campaign,
  CampaignAgent,
  CampaignBoard,
  CampaignCertificate,
  CampaignDial,
  CampaignList,
  CampaignLoad,
  CampaignSaid,
  CampaignSimulation,
  CampaignState,
  CampaignTrial,
  DoNotCall,
};

const of = (key: string): string => `/campaigns/${encodeURIComponent(key)}`;

export const campaigns = (): Promise<Campaign[]> => ask<{ items: Campaign[] }>('GET', '/campaigns').then(({ items }) => items);

export const become = (key: string, state: CampaignState): Promise<void> =>
  ask('POST', `${of(key)}/state`, { state });

export const board = (key: string): Promise<CampaignBoard> => ask('GET', of(key));

/** `day`: as the browser writes it; empty: today. */
export const certificate = (key: string, day: string): Promise<CampaignCertificate> =>
  ask('GET', `${of(key)}/certificate${day === '' ? '' : `?${new URLSearchParams({ day })}`}`);

export const simulate = (key: string, trial: Partial<CampaignTrial>): Promise<CampaignSimulation> => ask('POST', `${of(key)}/simulate`, trial);

/** A CSV file whose first line names the columns, as a list of this name. */
export const loadEntries = (key: string, file: Blob, list: string): Promise<CampaignLoad> =>
  ask('POST', `${of(key)}/entries?${new URLSearchParams({ list })}`, file, { 'content-type': 'text/csv' });

/** The customers of what a saved search of a kind finds. */
export const loadSearch = (key: string, kind: string, view: number): Promise<CampaignLoad> => ask('POST', `${of(key)}/lists`, { kind, view });

export const lookUp = (number: string): Promise<DoNotCall> => ask('GET', `/do-not-call?${new URLSearchParams({ number })}`);

export const forbid = (number: string, why: string): Promise<void> => ask('POST', '/do-not-call', { number, why });
