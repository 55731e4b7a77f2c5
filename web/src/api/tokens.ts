/** Tokens of programs, as `docs/api.md` writes them. Administrators. */

import { ask } from './rest';
import type { Micros, Role } from './wire';

export interface Token {
  id: number;
  name: string;
  role: Role;
  agent: string | null;
  created: Micros;
  created_by: string;
  expires: Micros | null;
  used: Micros | null;
}

export interface NewToken {
  name: string;
  role: Role;
  agent?: string;
  expires_in_s?: number;
}

export const tokens = async (): Promise<Token[]> => (await ask<{ items: Token[] }>('GET', '/tokens')).items;

/** With the token itself, shown this once. */
export const createToken = (token: NewToken): Promise<Token & { token: string }> => ask('POST', '/tokens', token);

export const revokeToken = (id: number): Promise<void> => ask('DELETE', `/tokens/${id}`);
