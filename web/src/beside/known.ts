/** What is known while one talks, by the places of a text. */

import * as api from '../api/records';
import type { KindHead } from '../api/records';
import type { ScreenPop } from '../api/wire';
import type { Session } from '../live/session.svelte';
import { pageKind } from '../records/kind';
import { reader } from '../records/reader';
import { cellText, localDate } from '../records/value';
import { day } from '../text/format';
import { reached } from '../text/number';
import { named, text } from '../text/text.svelte';
import { kindsOf } from './fill';
import type { Answer } from './script';

/** Of the call, the customer, the one who speaks, and what was answered. */
export function knownOf(session: Session, pop: ScreenPop, answers: readonly Answer[]): Map<string, string> {
  const { customer } = pop;
  const point = (kind: string): string => {
    const found = customer?.contact_points.find((one) => one.kind === kind);
    return found ? reached(found) : '';
  };
  return new Map([
    ['customer.name', customer?.name ?? ''],
    ['customer.organisation', customer?.organisation ?? ''],
    ['customer.tier', customer?.tier ?? ''],
    ['customer.phone', point('phone') || pop.caller_shown],
    ['customer.email', point('email')],
    ['agent.name', session.me.name],
    ['center.name', session.center.name],
    ['queue.name', named(session.center.queues, pop.queue)],
    ['today', day(localDate(new Date()), text.language)],
    ...answers.map(({ name, answer }) => [name, answer] as const),
  ]);
}

/** Of the customer's record of each kind that a text speaks of, the one changed last. */
export async function recordsKnown(session: Session, customer: number, heads: readonly KindHead[], places: readonly string[]): Promise<Map<string, string>> {
  const wanted = kindsOf(places, heads.filter(({ of }) => of === 'customer').map(({ kind }) => kind));
  const each = wanted.map(async (key): Promise<(readonly [string, string])[]> => {
    const kind = pageKind(await api.kind(key), session.me.role);
    const query = new URLSearchParams({ customer: String(customer), sort: '-updated', limit: '1' });
    const [record] = (await api.records(key, query)).records;
    if (!record) return [];
    const own = places.filter((place) => place.startsWith(`${key}.`)).map((place) => place.slice(key.length + 1));
    return own.map((column) => [`${key}.${column}`, cellText(kind, record, column, reader(session))] as const);
  });
  return new Map((await Promise.all(each)).flat());
}
