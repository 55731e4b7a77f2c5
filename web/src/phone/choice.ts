/** Which device is meant: by its name, which stays when ids change. Pure. */

export type Kind = 'microphone' | 'speaker' | 'ringer';

export interface Device {
  id: string;
  label: string;
}

/** The browser's list: real devices of a kind, not the names for what the system prefers. */
export function devicesOf(list: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[], kind: Kind): Device[] {
  const wanted = kind === 'microphone' ? 'audioinput' : 'audiooutput';
  const real = list.filter((entry) => entry.kind === wanted && !['', 'default', 'communications'].includes(entry.deviceId));
  return real.map(({ deviceId: id, label }) => ({ id, label }));
}

export const named = (devices: readonly Device[], label: string): Device | undefined =>
  devices.find((device) => device.label === label);

/** The device to speak into when `gone` is not there: another one, if there is any. */
export const another = (devices: readonly Device[], gone: string): Device | null =>
  devices.find((device) => device.label !== gone) ?? null;

/**
 * Is what was opened still there? Where the system chose (`default`) nobody knows which one it was: one fewer
 * than before counts as that one.
 */
export function isStillThere(open: Device, before: readonly Device[], now: readonly Device[]): boolean {
  if (open.id !== 'default') return now.length === 0 ? false : now.some((device) => device.id === open.id);
  return now.length > 0 && before.every((device) => now.some(({ id }) => id === device.id));
}
