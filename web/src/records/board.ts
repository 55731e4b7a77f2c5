/** The columns of a board, and what may be moved where. Pure. */

import type { RecordSheet } from '../api/records';
import type { Words } from '../api/wire';
import { fieldOf, type Kind } from './kind';
import { stepTo } from './life';
import type { View } from './view';

export interface BoardColumn {
  key: string;
  name: Words;
  /** What narrows the records to those of this column. */
  narrow: Record<string, string>;
}

/** By state, or by a field with choices; a view that is narrowed to some states shows those. */
export function boardColumns(kind: Kind, view: View): BoardColumn[] {
  const by = kind.list.board_by;
  if (by === 'state') {
    const states = (kind.life?.states ?? []).filter(({ key }) => view.states.length === 0 || view.states.includes(key));
    return states.map(({ key, name }) => ({ key, name, narrow: { state: key } }));
  }
  const field = by ? fieldOf(kind, by) : null;
  return (field?.choices ?? []).map((choice) => ({ key: choice.key, name: choice.name, narrow: { [`field.${by}`]: choice.key } }));
}

/** Whether a record may come into a column, or stands there. */
export function movable(kind: Kind, record: RecordSheet, to: string): 'yes' | 'no' | 'there' {
  const by = kind.list.board_by ?? '';
  if (by === 'state') return record.state === to ? 'there' : stepTo(kind, record, to) ? 'yes' : 'no';
  if (record.fields[by] === to) return 'there';
  return fieldOf(kind, by)?.may.write && record.may?.write !== false ? 'yes' : 'no';
}

/** By key: the next column in a direction that it may come into; where none is, the next one, which says why not. */
export function neighbour(kind: Kind, record: RecordSheet, columns: readonly BoardColumn[], from: number, by: number): number {
  if (by === 0) return -1;
  for (let at = from + by; at >= 0 && at < columns.length; at += by) {
    if (movable(kind, record, columns[at]?.key ?? '') === 'yes') return at;
  }
  return from + by;
}
