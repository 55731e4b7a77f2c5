/**
 * Microphones that can be taken away: a PulseAudio of the test's own, with sources that come and go while the
 * browser runs. Each speaks in its own pitch.
 */

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { eventually } from './carillon.mjs';
import { beepFile } from './sound.mjs';

const run = promisify(execFile);

export async function startPulse() {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-pulse-'));
  const socket = join(folder, 'native');
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder, PULSE_SERVER: `unix:${socket}` };
  const flags = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'];
  const modules = ['-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`, '-L', 'module-null-sink sink_name=ear sink_properties=device.description=Loudspeaker'];
  const server = spawn('pulseaudio', [...flags, ...modules], { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const control = async (...words) => (await run('pactl', words, { env })).stdout.trim();
  await eventually('PulseAudio', () => control('info').catch(() => null)).catch((error) => {
    server.kill();
    throw error;
  });
  const plugged = new Map();
  return {
    env,
    /** A microphone of this name, with beeps; without `hertz` it gives no sound at all. */
    async plug(name, hertz) {
      const sink = await control('load-module', 'module-null-sink', `sink_name=${name}_in`, `sink_properties=device.description=${name}-monitor`);
      const source = await control('load-module', 'module-remap-source', `master=${name}_in.monitor`, `source_name=${name}`, `source_properties=device.description=${name}`);
      let voice = null;
      if (hertz) {
        const file = join(folder, `${name}.wav`);
        await writeFile(file, beepFile(hertz, 120));
        voice = spawn('paplay', [`--device=${name}_in`, file], { env, stdio: 'ignore' });
      }
      plugged.set(name, { modules: [source, sink], voice });
    },
    async unplug(name) {
      const { modules, voice } = plugged.get(name);
      plugged.delete(name);
      voice?.kill();
      for (const module of modules) await control('unload-module', module);
    },
    async stop() {
      for (const { voice } of plugged.values()) voice?.kill();
      server.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
