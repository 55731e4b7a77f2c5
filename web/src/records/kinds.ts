/** The kinds as menus show them. Pure. */

import type { KindHead, Values } from '../api/records';
import { type IconName, icons } from '../kit/icons';

export interface KindGroup {
  key: string;
  kinds: KindHead[];
}

/** Kinds that name no group stand together, at the end. */
const REST = 'other';
/** Groups that the house knows come first, in this order. */
const FIRST = ['service', 'sales', 'field', 'marketing', 'partners', 'center'];

const place = (group: string): number => (FIRST.includes(group) ? FIRST.indexOf(group) : group === REST ? FIRST.length + 1 : FIRST.length);

export function grouped(kinds: readonly KindHead[]): KindGroup[] {
  const groups = new Map<string, KindHead[]>();
  for (const kind of kinds) {
    const key = kind.group ?? REST;
    groups.set(key, [...(groups.get(key) ?? []), kind]);
  }
  return [...groups]
    .map(([key, kinds]) => ({ key, kinds: byRank(kinds) }))
    .sort((a, b) => place(a.key) - place(b.key) || a.key.localeCompare(b.key));
}

const byRank = (kinds: readonly KindHead[]): KindHead[] => [...kinds].sort((a, b) => a.rank - b.rank || a.kind.localeCompare(b.kind));

/** What may be made for a customer, what is made most first. */
export const makable = (kinds: readonly KindHead[]): KindHead[] => grouped(kinds.filter(({ of, may }) => of === 'customer' && may.create)).flatMap((group) => group.kinds);

export const iconOf = ({ icon }: Pick<KindHead, 'icon'>): IconName => (icon !== null && icon in icons ? (icon as IconName) : 'note');

/** What a new record begins with, said in its address: `customer=4711`, `set.start=…`. */
export function beginning(query: string): { customer: number | null; interaction: string | undefined; known: Values } {
  const said = new URLSearchParams(query);
  const customer = Number(said.get('customer'));
  const known = [...said].flatMap(([name, value]) => (name.startsWith('set.') && value ? [[name.slice(4), value] as const] : []));
  return { customer: Number.isInteger(customer) && customer > 0 ? customer : null, interaction: said.get('interaction') ?? undefined, known: Object.fromEntries(known) };
}
