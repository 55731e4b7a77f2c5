/** The picture of a life: where states stand, how steps lead, where their numbers stand. Pure. */

import type { Kind } from '../records/kind';
import { type Placed, placed } from '../records/life';

export const [WIDE, TALL] = [132, 40];
const [GAP_X, GAP_Y, PAD] = [84, 40, 30];

export interface Box extends Placed {
  x: number;
  y: number;
}

export interface Arrow {
  /** Of the step: its place in the list. */
  step: number;
  path: string;
  /** The number of the step stands here. */
  mark: { x: number; y: number };
}

type Point = readonly [x: number, y: number];

const curve = (step: number, [a, b, c, d]: readonly [Point, Point, Point, Point]): Arrow => ({
  step,
  path: `M${a.join(' ')}C${b.join(' ')} ${c.join(' ')} ${d.join(' ')}`,
  mark: { x: (a[0] + 3 * b[0] + 3 * c[0] + d[0]) / 8, y: (a[1] + 3 * b[1] + 3 * c[1] + d[1]) / 8 },
});

/** Forward from side to side; in a column up and down, around what is between; back below the boxes. */
function arrow(step: number, a: Box, b: Box): Arrow {
  const [ay, by] = [a.y + TALL / 2, b.y + TALL / 2];
  if (b.x > a.x) return curve(step, [[a.x + WIDE, ay], [a.x + WIDE + 44, ay], [b.x - 44, by], [b.x - 7, by]]);
  if (b.x < a.x) {
    const low = Math.max(a.y, b.y) + TALL + 46;
    return curve(step, [[a.x + WIDE / 2 - 20, a.y + TALL], [a.x + WIDE / 2 - 30, low], [b.x + WIDE / 2 + 40, low], [b.x + WIDE / 2 + 24, b.y + TALL + 7]]);
  }
  const down = b.y > a.y;
  if (Math.abs(b.y - a.y) > TALL + GAP_Y) {
    const [x, out] = down ? [a.x + WIDE, 34] : [a.x, -34];
    return curve(step, [[x, ay], [x + out, ay], [x + out, by], [x + (down ? 7 : -7), by]]);
  }
  const [from, to] = down ? [a.y + TALL, b.y - 7] : [a.y, b.y + TALL + 7];
  const x = a.x + WIDE / 2 + (down ? -16 : 16);
  return curve(step, [[x, from], [x, from], [x, to], [x, to]]);
}

export interface Picture {
  boxes: Box[];
  arrows: Arrow[];
  width: number;
  height: number;
}

export function pictureOf(life: NonNullable<Kind['life']>): Picture {
  const boxes = placed(life).map((one) => ({ ...one, x: PAD + one.column * (WIDE + GAP_X), y: PAD + one.row * (TALL + GAP_Y) }));
  const box = (key: string): Box | undefined => boxes.find(({ state }) => state.key === key);
  const arrows = life.steps.flatMap((step, at) =>
    step.from.flatMap((from) => {
      const [a, b] = [box(from), box(step.to)];
      return a && b && a !== b ? [arrow(at, a, b)] : [];
    }),
  );
  return {
    boxes,
    arrows,
    width: Math.max(0, ...boxes.map(({ x }) => x)) + WIDE + PAD,
    height: Math.max(0, ...boxes.map(({ y }) => y), ...arrows.map(({ mark }) => mark.y - TALL)) + TALL + PAD,
  };
}
