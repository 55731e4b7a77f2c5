/** What is offered beside a call, asked of the server: of every kind that serves for it. */

import * as api from '../api/records';
import type { KindHead, RecordSheet } from '../api/records';
import { Refused } from '../api/rest';
import type { Role, ScreenPop } from '../api/wire';
import type { Session } from '../live/session.svelte';
import { type Kind, pageKind } from '../records/kind';
import { type About, conditionOf, fits, ranked } from './suggest';

const MOST = 20;
/** Somebody else counts at the same moment. */
const TRIES = 4;

export interface Offer {
  kind: Kind;
  record: RecordSheet;
  /** Said to be for this call. */
  meant: boolean;
}

/** The names by which an article or a script may speak of this call. */
export const aboutOf = (session: Session, pop: ScreenPop): About => {
  const queue = session.center.queues.find(({ key }) => key === pop.queue);
  return [...new Set([pop.queue, queue?.en ?? '', queue?.zh ?? '', ...pop.menu_path].filter(Boolean))];
};

interface Wanted {
  heads: readonly KindHead[];
  about: About;
  language: string | null;
  typed: string;
}

export async function offersOf({ heads, about, language, typed }: Wanted, role: Role): Promise<Offer[]> {
  const each = heads.map(async (head): Promise<Offer[]> => {
    const kind = pageKind(await api.kind(head.kind), role);
    const where = conditionOf(kind, about, typed);
    const query = new URLSearchParams({ limit: String(MOST), ...(where ? { where } : {}), ...(typed.trim() ? { q: typed.trim() } : {}) });
    const { records } = await api.records(kind.kind, query);
    return ranked(kind, records, about, language, typed).map((record) => ({ kind, record, meant: fits(kind, record, about) === 'yes' }));
  });
  return (await Promise.all(each)).flat();
}

/** One more in a field that counts. */
export async function countOne(kind: string, field: string, id: number): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { version, fields } = await api.record(kind, id);
    try {
      await api.changeRecord(kind, id, version, { [field]: String((Number(fields[field] ?? 0) || 0) + 1) });
      return;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'version_changed' || tries === TRIES) throw error;
    }
  }
}
