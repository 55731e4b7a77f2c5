/** Lines outside, from templates. Pure. */

import type { Fields } from '../../api/setup';
import type { Trunk } from '../../api/wire';
import { linesIn } from '../values';

/** A carrier that wants to be registered at, one that knows our address, another PBX, none yet. */
export const TEMPLATES = ['carrier', 'address', 'pbx', 'none'] as const;
export type Template = (typeof TEMPLATES)[number];

export interface Wish {
  name: string;
  /** Name or address of the other side, perhaps with a port. */
  host: string;
  transport: 'udp' | 'tcp' | 'tls';
  /** Of a carrier that is registered at. */
  user: string;
  password: string;
  /** Addresses its calls come from, one a line. */
  networks: string;
  /** First digits that may be called, one a line. */
  prefixes: string;
}

/** Between two OPTIONS, seconds; the first comes after so long, and somebody waits for it. */
const PROBE_S = 10;
const ADDRESS = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?::\d+)?$/i;

/** The block of the one address that `host` is; none where it is a name. */
function blockOf(host: string): string[] {
  const address = ADDRESS.exec(host)?.[1];
  if (address === undefined) return [];
  return [address.startsWith('[') ? `${address.slice(1, -1)}/128` : `${address}/32`];
}

/** Without its port. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '');

/** The object `trunk`; what is not said is left to its default. */
export function trunkFields(template: Template, wish: Wish): Fields {
  const host = wish.host.trim();
  const networks = linesIn(wish.networks);
  const prefixes = linesIn(wish.prefixes);
  const fields: Fields = {
    name: wish.name.trim() || nameOf(host),
    destination: `${wish.transport}:${host}`,
    networks: networks.length > 0 ? networks : blockOf(host),
    health: { probe_s: PROBE_S },
  };
  if (prefixes.length > 0) fields['prefixes'] = prefixes;
  if (template === 'carrier') {
    fields['account'] = { user: wish.user.trim(), realm: nameOf(host), password: { plain: wish.password } };
    fields['register'] = {};
  }
  return fields;
}

/** How a line stands, as a word of the texts; `wait`: nothing is known yet. */
export function standing(trunk: Trunk | null): { word: string; tone: 'ready' | 'held' | 'bad'; wait: boolean } {
  if (trunk === null) return { word: 'unknown', tone: 'held', wait: true };
  if (trunk.state === 'down') return { word: `down-${trunk.why ?? 'silent'}`, tone: 'bad', wait: false };
  const { registration } = trunk;
  if (registration && !registration.registered) {
    if (registration.status === null) return { word: 'registering', tone: 'held', wait: true };
    return { word: refusedBy(registration.status), tone: 'bad', wait: false };
  }
  if (registration) return { word: 'registered', tone: 'ready', wait: false };
  if (trunk.state === 'probing') return { word: 'probing', tone: 'held', wait: true };
  return trunk.round_trip_us === null ? { word: 'asked', tone: 'held', wait: true } : { word: 'answers', tone: 'ready', wait: false };
}

/** Why a registrar did not take us. */
function refusedBy(status: number): string {
  if (status === 401 || status === 403 || status === 407) return 'register-password';
  if (status === 404) return 'register-unknown';
  if (status === 408) return 'register-silent';
  return status === 503 ? 'register-no_way' : 'register-refused';
}
