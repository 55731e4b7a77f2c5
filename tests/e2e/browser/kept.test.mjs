/** kill -9 in the middle of a call: the next process goes on with it, the caller's phone and the agent's browser too. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call } from './caller.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, caller;

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
});

after(async () => {
  caller?.close();
  await browser?.close();
  await carillon?.stop();
});

/** The caller hears something anew. */
const hears = async (what, withinMs) => {
  const before = caller.heard;
  await eventually(what, () => caller.heard > before + 25, withinMs);
};

test('the caller hears music, then the agent again; it stays one call', async () => {
  const desk = await browser.person();
  await desk.page.goto(carillon.links.agent);
  await desk.startShift();
  caller = await call({ sip: carillon.sip, number: carillon.numbers.queue, from: '+8613900000001', stays: true });
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
  await desk.page.waitForTimeout(2500);

  await carillon.kill();
  await carillon.again();
  await hears('music after the restart', 3000);
  await desk.phase('talking', 20_000);
  await hears('the agent', 3000);
  assert.equal(caller.ended, null);

  caller.hangUp();
  await desk.phase('wrap_up');
  const { items } = await (await carillon.api('/interactions?limit=5')).json();
  const found = await (await carillon.api(`/interactions/${items[0].id}`)).json();
  assert.deepEqual([found.outcome, found.ended_by], ['handled', 'customer']);
  const kinds = found.events.map(({ kind }) => kind);
  for (const kind of ['call.connected', 'call.taken_up', 'call.rejoined']) assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
});
