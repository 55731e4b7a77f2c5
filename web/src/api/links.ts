/** Links that open something once, as `docs/api.md` writes them. */

import { ask, remember } from './rest';
import type { FirstAdministrator, LinkTold, Me } from './wire';

export type { FirstAdministrator, LinkTold } from './wire';

/** What a link opens; it stays good. */
export const lookAtLink = (token: string): Promise<LinkTold> => ask('POST', '/sign-in/link/look', { token });

/** The own password of who was invited; signs in. */
export const chooseOwnPassword = async (token: string, password: string): Promise<Me> =>
  remember(await ask<Me>('POST', '/sign-in/invitation', { token, password }));

/** The first administrator of a center; signs in. */
export const beginCenter = async (first: FirstAdministrator): Promise<Me> => remember(await ask<Me>('POST', '/set-up', first));
