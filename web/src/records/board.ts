/** The columns of a board, and what may be moved where. Pure. */

import type { RecordSheet, Ref } from '../api/records';
import type { Words } from '../api/wire';
import { fieldOf, type Kind } from './kind';
import { stepTo } from './life';
import { keyOf } from './value';
import { boardable, type View } from './view';

export interface BoardColumn {
  /** Empty: nobody's. */
  key: string;
  name: Words;
  /** What narrows the records to those of this column. */
  narrow: Record<string, string>;
}

/** Who can have a column. */
export interface Whose {
  me: string;
  /** Those of the same team. */
  near: readonly string[];
  people: readonly Ref[];
  teams: readonly Ref[];
}

/** Columns of people; whoever else is wanted is filtered for. */
const MOST = 12;

/** What the columns are: as one looks at it, as the kind says, else what there is. */
export const boardBy = (kind: Kind, { by }: Pick<View, 'by'>): string => by || kind.list.board_by || (boardable(kind)[0] ?? '');

/** By state, choice, person or team; a view that is narrowed to some of them shows those. */
export function boardColumns(kind: Kind, view: View, whose: Whose): BoardColumn[] {
  const by = boardBy(kind, view);
  if (by === 'state') {
    const states = (kind.life?.states ?? []).filter(({ key }) => view.states.length === 0 || view.states.includes(key));
    return states.map(({ key, name }) => ({ key, name, narrow: { state: key } }));
  }
  const field = fieldOf(kind, by);
  const wanted = view.filters.find((filter) => filter.field === by)?.values.map((key) => (key === 'me' ? whose.me : key)) ?? [];
  const column = (key: string, name: Words): BoardColumn => ({ key, name, narrow: { [`field.${by}`]: key } });
  if (field?.type === 'choice') return field.choices.filter(({ key }) => wanted.length === 0 || wanted.includes(key)).map(({ key, name }) => column(key, name));
  const all = field?.type === 'team' ? whose.teams : whose.people;
  const near = field?.type === 'team' ? all.map(({ id }) => String(id)) : [whose.me, ...whose.near];
  const keys = [...new Set(wanted.length > 0 ? wanted : ['', ...near])].slice(0, MOST);
  return keys.map((key) => {
    const title = all.find(({ id }) => id === key)?.title ?? key;
    return column(key, { en: title, zh: title });
  });
}

/** Whether a record may come into a column, or stands there. */
export function movable(kind: Kind, record: RecordSheet, by: string, to: string): 'yes' | 'no' | 'there' {
  if (by === 'state') return record.state === to ? 'there' : stepTo(kind, record, to) ? 'yes' : 'no';
  if (keyOf(record.fields[by]) === to) return 'there';
  return fieldOf(kind, by)?.may.write && record.may?.write !== false ? 'yes' : 'no';
}

/** By key: the next column in a direction that it may come into; where none is, the next one, which says why not. */
export function neighbour(kind: Kind, record: RecordSheet, by: string, columns: readonly BoardColumn[], from: number, away: number): number {
  if (away === 0) return -1;
  for (let at = from + away; at >= 0 && at < columns.length; at += away) {
    if (movable(kind, record, by, columns[at]?.key ?? '') === 'yes') return at;
  }
  return from + away;
}
