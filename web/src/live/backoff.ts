/** How long to wait before the next try: doubling up to five seconds, with full jitter, never under a quarter second. */

const FIRST_MS = 500;
const LONGEST_MS = 5_000;
const SHORTEST_MS = 250;

/** `attempt` counts from 0; `random` is in [0, 1). */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.max(SHORTEST_MS, Math.round(ceiling * random));
}
