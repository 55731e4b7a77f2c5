/** Waiting for something that shows by itself. */

const LOOK_MS = 50;

/** `false`: not within that time. */
export async function until(holds: () => boolean, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while (!holds() && Date.now() < end) await new Promise((done) => setTimeout(done, LOOK_MS));
  return holds();
}
