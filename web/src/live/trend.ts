/**
 * How many waited in each queue over the last hour, as this page has seen it: the most of every minute. Kept
 * over a reload. Pure but for the class at the end.
 */

import type { QueueTile } from '../api/wire';

const MINUTE = 60_000_000;
export const MINUTES = 60;

/** By queue: `[minute, most]`, the oldest first. */
export type Course = readonly (readonly [minute: number, most: number])[];

export function note(course: Course, at: number, waiting: number): Course {
  const minute = Math.floor(at / MINUTE);
  const last = course.at(-1);
  if (last && last[0] === minute) {
    return waiting <= last[1] ? course : [...course.slice(0, -1), [minute, waiting]];
  }
  return [...course.filter(([then]) => then > minute - MINUTES), [minute, waiting]];
}

/** The numbers of the last hour, one a minute; a minute without a message is as the one before, and `null` before the first. */
export function minutes(course: Course, at: number): (number | null)[] {
  const now = Math.floor(at / MINUTE);
  const by = new Map(course);
  let last: number | null = null;
  return Array.from({ length: MINUTES }, (_, place) => (last = by.get(now - MINUTES + 1 + place) ?? last));
}

/** The line through the numbers and the ground below it, for `viewBox="0 0 59 10"`; `null` before there are two. */
export function shape(numbers: readonly (number | null)[]): { line: string; ground: string } | null {
  const most = Math.max(1, ...numbers.map((number) => number ?? 0));
  const points = numbers.flatMap((number, place) =>
    number === null ? [] : [`${place} ${(9.5 - (number / most) * 9).toFixed(1)}`],
  );
  if (points.length < 2) return null;
  const line = `M${points.join('L')}`;
  return { line, ground: `${line}V10H${numbers.length - points.length}Z` };
}

const KEPT = 'carillon.trend';

/** All queues of a session. */
export class Trend {
  #courses: Map<number, Course>;
  #kept = 0;

  constructor() {
    this.#courses = new Map(read());
  }

  take(at: number, tiles: readonly QueueTile[]): void {
    for (const { id, waiting } of tiles) this.#courses.set(id, note(this.#courses.get(id) ?? [], at, waiting));
    const minute = Math.floor(at / MINUTE);
    if (minute === this.#kept) return;
    this.#kept = minute;
    try {
      sessionStorage.setItem(KEPT, JSON.stringify([...this.#courses]));
    } catch {
      // A browser that keeps nothing begins anew after a reload.
    }
  }

  of(queue: number, at: number): (number | null)[] {
    return minutes(this.#courses.get(queue) ?? [], at);
  }
}

function read(): [number, Course][] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
    return Array.isArray(kept) ? (kept as [number, Course][]) : [];
  } catch {
    return [];
  }
}
