/** The life of a record: what can be done with it, what that needs, how a state looks. Pure. */

import type { RecordSheet, State, Step, Values } from '../api/records';
import type { IconName } from '../kit/icons';
import type { Kind } from './kind';
import { isEmpty } from './value';

/** The steps from where it stands, those only that the server says may be taken where it says so. */
export function stepsFrom(kind: Kind, record: Pick<RecordSheet, 'state' | 'steps'>): Step[] {
  const { state, steps } = record;
  const from = (kind.life?.steps ?? []).filter((step) => state !== null && step.from.includes(state));
  return steps ? from.filter(({ key }) => steps.includes(key)) : from;
}

/** What a step asks for: all it needs, empty or not, so that what was said before is seen. */
export const neededFields = (kind: Kind, step: Step): string[] => step.needs.filter((key) => kind.fields.some((field) => field.key === key));

/** What is still empty. */
export const missing = (step: Step, values: Values): string[] => step.needs.filter((key) => isEmpty(values[key]));

/** The step that brings a record from its state to another. */
export const stepTo = (kind: Kind, record: Pick<RecordSheet, 'state' | 'steps'>, to: string): Step | null => stepsFrom(kind, record).find((step) => step.to === to) ?? null;

interface Look {
  icon: IconName;
  tone: 'ready' | 'talking' | 'held' | 'away';
}

const LOOKS: Readonly<Record<State['kind'], Look>> = {
  open: { icon: 'record', tone: 'talking' },
  waiting: { icon: 'clock', tone: 'held' },
  done: { icon: 'check', tone: 'ready' },
};

export const lookOf = (state: State | null): Look => (state ? LOOKS[state.kind] : { icon: 'minus', tone: 'away' });

/* The picture of a life. */

export interface Placed {
  state: State;
  /** Steps from the start; those that are never reached stand last. */
  column: number;
  row: number;
}

/** States in columns: as many steps from the start as it takes. */
export function placed({ start, states, steps }: NonNullable<Kind['life']>): Placed[] {
  const far = new Map([[start, 0]]);
  // What is found on the way is gone through as well: the shortest way comes first.
  for (const [from, way] of far) {
    for (const { to } of steps.filter((step) => step.from.includes(from) && !far.has(step.to))) far.set(to, way + 1);
  }
  const last = Math.max(0, ...far.values());
  const rows = new Map<number, number>();
  return states.map((state) => {
    const column = far.get(state.key) ?? last + 1;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { state, column, row };
  });
}
