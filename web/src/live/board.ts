/**
 * The wallboard as a fold: the whole once, then what differs, each difference with the next number. A row that
 * nothing changes in stays the same object, so that nothing of it is drawn again. Pure.
 */

import type { AgentRow, BoardChange, QueueTile, WholeBoard } from '../api/wire';

type Row = { id: number };
type Change = Row & Record<string, unknown>;

/** `null`: a difference is missing, the whole must be had anew. */
export function reduceBoard(board: WholeBoard | null, change: BoardChange): WholeBoard | null {
  if (!board || change.change !== board.change + 1) return null;
  const { at, calls_active } = change;
  return {
    ...board,
    at,
    calls_active,
    change: change.change,
    queues: overlay(board.queues, change.queues, tile),
    agents: overlay(board.agents, change.agents, agent),
    ...(change.alerts ? { alerts: change.alerts } : {}),
  };
}

function overlay<R extends Row>(rows: R[], changes: Change[] | undefined, lay: (row: R, change: Change) => R): R[] {
  if (!changes || changes.length === 0) return rows;
  const by = new Map(changes.map((change) => [change.id, change]));
  return rows.map((row) => {
    const change = by.get(row.id);
    return change ? lay(row, change) : row;
  });
}

function tile(row: QueueTile, change: Change): QueueTile {
  const level = change['service_level'] as Partial<QueueTile['service_level']> | undefined;
  return { ...row, ...change, service_level: level ? { ...row.service_level, ...level } : row.service_level };
}

function agent(row: AgentRow, change: Change): AgentRow {
  const laid: Record<string, unknown> = { ...row, ...change };
  // What is not always there is `null` where it is gone.
  for (const key of ['by', 'help']) if (laid[key] === null) delete laid[key];
  return laid as unknown as AgentRow;
}
