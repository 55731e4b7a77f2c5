/** The center object by object, as `docs/api.md` writes it. */

import { ask } from './rest';
import type { FirstStepState, OpeningTold, Prospect, SetupForms, SetupHistory, SetupInvitation, SetupObject, SetupObjects, PhoneAccount, Trunk, Versions } from './wire';

export type { FirstStepState, OpeningTold, Prospect, SetupEntry, SetupField, SetupForm, SetupForms, SetupHistory, SetupObject, SetupObjects } from './wire';

export type Fields = Record<string, unknown>;
/** Kind to key to the fields that change. */
export type Patch = Record<string, Record<string, Fields | null>>;

const at = (kind: string, key: string): string => `/center/objects/${kind}/${encodeURIComponent(key)}`;
/** `null`: there is none yet. */
const match = (version: number | null): Record<string, string> => (version === null ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` });
const meant = (accept: boolean): string => `?accept_warnings=${accept}`;

export const forms = (): Promise<SetupForms> => ask('GET', '/center/forms');

export const objects = (kind: string): Promise<SetupObjects> => ask('GET', `/center/objects/${kind}`);

export const object = (kind: string, key: string): Promise<SetupObject> => ask('GET', at(kind, key));

export const put = (kind: string, key: string, version: number | null, fields: Fields, accept: boolean): Promise<Prospect> =>
  ask('PUT', at(kind, key) + meant(accept), { fields }, match(version));

export const remove = (kind: string, key: string, version: number, accept: boolean): Promise<Prospect> =>
  ask('DELETE', at(kind, key) + meant(accept), undefined, match(version));

export const history = (kind: string, key: string, before: number | null): Promise<SetupHistory> =>
  ask('GET', `${at(kind, key)}/history?limit=12${before === null ? '' : `&before=${before}`}`);

/** What going back would change. */
export const lookBack = (kind: string, key: string, to: number): Promise<Prospect> =>
  ask('POST', `${at(kind, key)}/restore?dry_run=true`, { version: to });

export const restore = (kind: string, key: string, version: number, to: number): Promise<Prospect> =>
  ask('POST', `${at(kind, key)}/restore${meant(true)}`, { version: to }, match(version));

/** Many at once; `version` is that of the center. */
export const lookAtMany = (patch: Patch): Promise<Prospect> => ask('PATCH', '/center/objects?dry_run=true', { objects: patch });

export const putMany = (version: number, patch: Patch): Promise<Prospect> =>
  ask('PATCH', `/center/objects${meant(true)}`, { objects: patch }, match(version));

export const arrange = (kind: string, version: number, keys: readonly string[]): Promise<Prospect> =>
  ask('PUT', `/center/order/${kind}${meant(true)}`, { keys }, match(version));

export const firstSteps = async (): Promise<FirstStepState[]> => (await ask<{ items: FirstStepState[] }>('GET', '/center/first-steps')).items;

export const opening = (hours: Fields, time: string): Promise<OpeningTold> => ask('POST', '/center/opening', { hours, at: time });

/** A phone that calls a number of this center, for a test. */
export const testPhone = (): Promise<PhoneAccount> => ask('POST', '/center/test-phone', {});

/** How the lines stand. */
export const trunks = async (): Promise<Trunk[]> => (await ask<{ items: Trunk[] }>('GET', '/trunks')).items;

export const invite = (user: string): Promise<SetupInvitation> => ask('POST', `/center/users/${encodeURIComponent(user)}/invitation`, {});

const TOML = { 'content-type': 'application/toml' };

/** The version of the center now. */
export const present = async (): Promise<number> => (await ask<Versions>('GET', '/center/versions?limit=1')).items[0]?.version ?? 0;

export const lookAtFile = (file: Blob): Promise<Prospect> => ask('PUT', '/center/file?dry_run=true', file, TOML);

export const applyFile = (version: number, file: Blob): Promise<Prospect> =>
  ask('PUT', `/center/file${meant(true)}`, file, { ...TOML, ...match(version) });

export const FILE = '/api/v1/center/file';
