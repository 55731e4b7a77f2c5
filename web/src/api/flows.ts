/** The flows of the dialplan, as `docs/api.md` writes them. */

import { ask } from './rest';
import type { FlowCustomer, FlowForms, FlowListed, FlowTold, Prospect } from './wire';
import type * as wire from './wire';

export type { FlowDraft, FlowExit, FlowFinding, FlowForms, FlowKey, FlowListed, FlowPart, FlowTold } from './wire';

/** As it is answered: with all its parts. */
export type FlowDrawing = Required<wire.FlowDrawing>;
export type FlowLook = Omit<wire.FlowLook, 'drawing'> & { drawing: FlowDrawing | null };
export type FlowSheet = Omit<wire.FlowSheet, 'look'> & { look: FlowLook };

/** A caller who is not there. */
export interface Caller {
  at: string;
  number: string;
  called: string;
  language: 'en' | 'zh' | null;
  customer: FlowCustomer | null;
  digits: string;
  line: string | null;
  dial: string | null;
}

const at = (key: string): string => `/center/flows/${encodeURIComponent(key)}`;
const match = (version: number): Record<string, string> => ({ 'if-match': `"${version}"` });

export const flows = async (): Promise<FlowListed[]> => (await ask<{ items: FlowListed[] }>('GET', '/center/flows')).items;

export const flow = (key: string): Promise<FlowSheet> => ask('GET', at(key));

export const forms = (): Promise<FlowForms> => ask('GET', '/center/flow-forms');

export const check = (key: string, text: string, drawing: FlowDrawing | null): Promise<FlowLook> => ask('POST', '/center/flow-check', { key, text, drawing });

export const rehearse = async (key: string, text: string, caller: Caller): Promise<FlowTold[]> =>
  (await ask<{ items: FlowTold[] }>('POST', '/center/flow-rehearsal', { key, text, ...caller })).items;

/** `version`: of the draft; 0: there never was one. Gives the new one. */
export const save = async (key: string, version: number, text: string, base: number): Promise<number> =>
  (await ask<{ version: number }>('PUT', `${at(key)}/draft`, { text, base }, match(version))).version;

export const discard = async (key: string, version: number): Promise<number> =>
  (await ask<{ version: number }>('DELETE', `${at(key)}/draft`, undefined, match(version))).version;

export const publish = (key: string, version: number, accept: boolean): Promise<Prospect> =>
  ask('POST', `${at(key)}/publish?accept_warnings=${accept}`, undefined, match(version));

export const textOf = async (key: string, version: number): Promise<string> => (await ask<{ text: string }>('GET', `${at(key)}/versions/${version}`)).text;
