/** A whole Carillon for a test: `carillon demo` on free ports, with its own data, stopped by its id. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BINARY = process.env.CARILLON_BIN ?? join(ROOT, 'target/debug/carillon');
const READY_MS = 60_000;

/** `more`: further flags, such as `--set`. */
export async function startCarillon(more = []) {
  const data = await mkdtemp(join(tmpdir(), 'carillon-browser-'));
  const [http, sip] = [await freePort(), await freePort()];
  const flags = ['demo', '--json', '--traffic', 'off', '--data', data, ...more];
  const addresses = ['--http', `127.0.0.1:${http}`, '--sip', `127.0.0.1:${sip}`];
  const log = [];
  let [server, ended] = [null, null];
  async function run() {
    server = spawn(BINARY, [...flags, ...addresses], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    server.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
    ended = new Promise((resolve) => server.once('exit', resolve));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready\n${log.join('')}`)), READY_MS);
      createInterface({ input: server.stdout }).once('line', (line) => {
        clearTimeout(timer);
        resolve(JSON.parse(line));
      });
      void ended.then((code) => reject(new Error(`ended with ${code}\n${log.join('')}`)));
    });
  }
  const about = await run().catch(async (error) => {
    // What did not become ready is not left behind, and keeps nobody.
    server.kill('SIGKILL');
    await ended;
    await rm(data, { recursive: true, force: true });
    throw error;
  });
  return {
    ...about,
    log: () => log.join(''),
    /** REST as the supervisor. */
    async api(path) {
      const response = await fetch(`${this.http}/api/v1${path}`, {
        headers: { authorization: `Bearer ${this.tokens.supervisor}` },
      });
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return response;
    },
    /** What the supervisor is answered, whatever it is. */
    async supervise(path, body, method = 'POST') {
      const headers = { authorization: `Bearer ${this.tokens.supervisor}`, 'content-type': 'application/json' };
      return (await fetch(`${this.http}/api/v1${path}`, { method, headers, body: JSON.stringify(body) })).json();
    },
    /** kill -9. */
    async kill() {
      server.kill('SIGKILL');
      await ended;
    },
    /** A stop as an operator stops it; the data stays. */
    async end() {
      server.kill('SIGINT');
      await ended;
    },
    /** The next process on the same data and addresses. */
    async again() {
      Object.assign(this, await run());
    },
    async stop() {
      server.kill('SIGINT');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Asks until `look` gives something true. */
export async function eventually(what, look, withinMs = 10_000) {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
