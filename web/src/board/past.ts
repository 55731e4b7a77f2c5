/** Moments of the past as fields of a page take them. Pure. */

/** In microseconds, like every time of the server. */
export const MINUTE = 60_000_000;
/** How far back the slider goes; the field goes further. */
export const REACH_MINUTES = 24 * 60;

/** `2026-11-22T14:05`, in the time of this browser: what `datetime-local` takes. */
export function localInput(at: number): string {
  const time = new Date(at / 1000);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** And back; `null`: the field is not filled in. */
export function momentOf(text: string): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at * 1000;
}
