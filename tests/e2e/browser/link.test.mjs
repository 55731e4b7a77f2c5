/** A network that is really cut: said at once, no key is silent, and everything comes back. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call } from './caller.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { layWire } from './wire.mjs';

/** A dead line is known so soon. */
const KNOWN_MS = 5_500;
/** A key that was pressed before that is answered so soon. */
const TOLD_MS = 3_500;
const BACK_MS = 20_000;

let carillon, wire, browser, desk;
const callers = [];

const state = (mark, name, timeout) => desk.page.locator(`[data-test=${mark}][data-state=${name}]`).waitFor({ timeout });
const said = (words, timeout = TOLD_MS) => desk.page.locator('.notices', { hasText: words }).waitFor({ timeout });
const quiet = () => eventually('no notice is left', async () => (await desk.page.locator('.notice').count()) === 0);

async function answered() {
  const caller = await call({ sip: carillon.sip, number: carillon.numbers.queue, from: '+8613900000001' });
  callers.push(caller);
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
  return caller;
}

before(async () => {
  carillon = await startCarillon();
  wire = await layWire(carillon.http);
  browser = await openBrowser(440);
  desk = await browser.person();
  await desk.signIn(wire.http, 'lin');
  await desk.startShift();
});

after(async () => {
  for (const caller of callers) caller.close();
  wire?.mend();
  await browser?.close();
  await wire?.close();
  await carillon?.stop();
});

test('cut while ready: link and phone say so, a key says that nothing was done, both come back', async () => {
  const from = Date.now();
  wire.cut();
  await desk.test('presence').click();
  await desk.test('not-ready-lunch').click();
  await said(/link/i);
  await state('link', 'retrying', KNOWN_MS);
  await state('phone', 'retrying', KNOWN_MS);
  await desk.test('trouble-link').waitFor();
  await desk.test('trouble-line').waitFor();
  assert.ok(Date.now() - from < KNOWN_MS + 2_000, `${Date.now() - from} ms`);
  await desk.test('presence').click();
  await desk.test('not-ready-lunch').click();
  await said(/Nothing was changed/i, 1_000);
  wire.mend();
  await state('link', 'up', BACK_MS);
  await state('phone', 'registered', BACK_MS);
  await desk.test('trouble-link').waitFor({ state: 'detached' });
  // What was asked into the cut wire may have arrived with it: what is shown is what is.
  await desk.test('presence').click();
  await desk.test('ready').click();
  await desk.ready();
  await quiet();
});

test('cut in a call: hold, hang-up, wrap-up and answers are told, the call is there when it is back', async () => {
  const caller = await answered();
  wire.cut();
  await desk.press('F8');
  await said(/link/i);
  await state('link', 'retrying', KNOWN_MS);
  await quiet();
  for (const key of ['F8', 'Shift+F2']) {
    await desk.press(key);
    await said(/nothing was done/i, 1_000);
    await quiet();
  }
  await desk.test('notes').fill('written while cut');
  await desk.test('save').click();
  await desk.page.locator('.wrap [role=alert] p').waitFor({ timeout: 1_000 });
  assert.equal(caller.ended, null, 'the caller is kept');
  wire.mend();
  await state('link', 'up', BACK_MS);
  await eventually('the call is shown as it is', async () => ['talking', 'held'].includes(await desk.test('call-bar').getAttribute('data-phase')));
  assert.equal(await desk.test('notes').inputValue(), 'written while cut');
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  assert.equal(await caller.over, 'server');
  await desk.test('disposition-advice').click();
  await desk.test('done').click();
  await desk.ready();
});

test('what the browser says of the network is said at once', async () => {
  const context = desk.page.context();
  await context.setOffline(true);
  await state('link', 'offline', 1_000);
  await desk.test('trouble-link').waitFor();
  await context.setOffline(false);
  await state('link', 'up', 3_000);
  await desk.ready();
  assert.deepEqual(desk.errors, []);
});
