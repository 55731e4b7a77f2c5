/** The desktop over TLS of the server's own: https for the pages, wss for events and phone, no proxy between. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { call } from './caller.mjs';
import { freePort, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let folder, carillon, browser, caller, https;

/** A certificate for this machine that vouches for itself. */
function certify() {
  const [key, certificate] = ['own.key', 'own.pem'].map((name) => join(folder, name));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return ['--set', `http.tls_certificate=${certificate}`, '--set', `http.tls_key=${key}`];
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-tls-'));
  const port = await freePort();
  https = `https://127.0.0.1:${port}`;
  carillon = await startCarillon(['--set', `http.tls=127.0.0.1:${port}`, ...certify()]);
  browser = await openBrowser(440);
});

after(async () => {
  caller?.close();
  await browser?.close();
  await carillon?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a shift and a call over TLS; the session is for TLS only', async () => {
  const desk = await browser.person({ ignoreHTTPSErrors: true });
  const sockets = [];
  desk.page.on('websocket', (socket) => sockets.push(new URL(socket.url()).protocol));
  await desk.page.goto(carillon.links.agent.replace(carillon.http, https));
  await desk.startShift();
  assert.ok(sockets.length >= 2 && sockets.every((protocol) => protocol === 'wss:'), `${sockets}`);
  const cookies = await desk.page.context().cookies();
  assert.ok(cookies.length > 0 && cookies.every(({ secure, httpOnly }) => secure && httpOnly), JSON.stringify(cookies));

  caller = await call({ sip: carillon.sip, number: carillon.numbers.queue, from: '+8613900000001', hertz: 1000 });
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  assert.deepEqual(desk.arrivals, ['pop', 'ring']);
  await desk.press('F2');
  await desk.phase('talking');
  const before = caller.heard;
  await desk.page.waitForTimeout(1000);
  assert.ok(caller.heard > before + 20, `the caller hears ${caller.heard - before} packets in a second`);
  caller.hangUp();
  await desk.phase('wrap_up');
  assert.deepEqual(desk.errors, []);
});
