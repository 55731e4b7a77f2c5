/** Browser journeys against the real server: `node --test tests/e2e/browser/` (after `make web` and a build). */

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { call } from './caller.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { readWav, shareOf } from './sound.mjs';

const CALLER_HZ = 1000;
const AGENT_HZ = 440;

let carillon, browser, desk;
const callers = [];

async function phoneIn(from = '+8613900000001') {
  const caller = await call({ sip: carillon.sip, number: carillon.numbers.queue, from, hertz: CALLER_HZ });
  callers.push(caller);
  return caller;
}

const lastContact = async () => (await (await carillon.api('/interactions?limit=1')).json()).items[0];
const contact = async (id) => (await carillon.api(`/interactions/${id}`)).json();

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(AGENT_HZ);
  desk = await browser.person();
  await desk.page.goto(carillon.links.agent);
  await desk.startShift();
});

after(async () => {
  for (const caller of callers) caller.close();
  await browser?.close();
  await carillon?.stop();
});

beforeEach(async () => {
  desk.arrivals.length = 0;
  await desk.ready();
});

/** Ends a wrap-up that a test left open. */
async function finishWrapUp() {
  await desk.phase('wrap_up');
  await desk.test('done').click();
  await desk.ready();
}

test('pop before the ring, both tones in the recording, wrap-up saved', async () => {
  const caller = await phoneIn();
  await desk.phase('ringing');
  await desk.test('pop').waitFor();
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  assert.deepEqual(desk.arrivals, ['pop', 'ring']);
  assert.ok(desk.popped);
  assert.equal(desk.seen, desk.popped, 'the phone rings because the pop is there');
  assert.ok((await desk.test('why').textContent()).length > 3, 'why this agent, in words');
  await desk.press('F2');
  await desk.phase('talking');
  await desk.page.waitForTimeout(4000);
  assert.ok(caller.heard > 100, `the caller hears ${caller.heard} packets`);
  await desk.test('notes').fill('Ring 戒指, size 13');
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  assert.equal(await caller.over, 'server');
  await desk.test('disposition-repair').click();
  await desk.test('done').click();
  await desk.ready();

  const { id } = await lastContact();
  const found = await eventually('the saved contact', async () => {
    const row = await contact(id);
    return row.disposition && row.wrap_up_ended ? row : null;
  });
  assert.equal(found.disposition, 'repair');
  assert.equal(found.notes, 'Ring 戒指, size 13');
  assert.equal(found.outcome, 'handled');
  assert.equal(found.ended_by, 'agent');
  const kinds = found.events.map(({ kind }) => kind);
  for (const kind of ['queue.entered', 'agent.reserved', 'call.connected', 'call.ended', 'wrap_up.saved']) {
    assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
  }

  const recording = await eventually('the recording', async () => {
    const response = await carillon.api(`/interactions/${id}/recording`).catch(() => null);
    const sound = response && readWav(await response.arrayBuffer());
    return sound?.seconds > 2 ? sound : null;
  });
  const [left, right] = recording.sides.map((side) => [CALLER_HZ, AGENT_HZ].map((hertz) => shareOf(side, recording.rate, hertz)));
  assert.ok(left[0] > 0.6 && left[1] < 0.1, `caller side: ${left}`);
  assert.ok(right[1] > 0.4 && right[0] < 0.1, `agent side: ${right}`);
});

test('hold and resume, by key; the caller hangs up', async () => {
  const caller = await phoneIn();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  await desk.press('F8');
  await desk.phase('held');
  await desk.press('F8');
  await desk.phase('talking');
  await desk.press('F4');
  await desk.page.locator('[data-test=call-mute][aria-pressed=true]').waitFor();
  for (const [state, next] of [['on', 'paused'], ['paused', 'on']]) {
    await desk.page.locator(`[data-test=recording][data-state=${state}]`).click();
    await desk.page.locator(`[data-test=recording][data-state=${next}]`).waitFor();
  }
  caller.hangUp();
  await desk.phase('wrap_up');
  const { id } = await lastContact();
  await finishWrapUp();
  const found = await contact(id);
  assert.equal(found.ended_by, 'customer');
  const kinds = found.events.map(({ kind }) => kind).filter((kind) => kind.startsWith('recording.'));
  assert.deepEqual(kinds.slice(0, 2), ['recording.paused', 'recording.resumed'], 'nothing of a card number is kept');
});

test('the caller gives up while it rings', async () => {
  const caller = await phoneIn();
  await desk.phase('ringing');
  caller.hangUp();
  await desk.phase('idle');
  await desk.ready();
  const { id } = await lastContact();
  const row = await eventually('an outcome', async () => ((await contact(id)).outcome ? contact(id) : null));
  assert.equal(row.outcome, 'abandoned');
});

test('a reload in the call: audio back within three seconds', async () => {
  const caller = await phoneIn();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  await desk.test('notes').fill('written before the reload');
  const from = Date.now();
  await desk.page.reload();
  await desk.page.locator('[data-test=call-mute][aria-disabled=false]').waitFor();
  await desk.phase('talking');
  const took = Date.now() - from;
  assert.ok(took < 3000, `audio came back after ${took} ms`);
  assert.equal(await desk.test('notes').inputValue(), 'written before the reload');
  assert.equal(caller.ended, null, 'the caller is still there');
  const heard = caller.heard;
  await desk.page.waitForTimeout(500);
  assert.ok(caller.heard > heard, 'and hears');
  await desk.press('Shift+F2');
  await finishWrapUp();
});

test('the shift ends after the call, not in it; then it can begin again', async () => {
  const caller = await phoneIn();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  await desk.test('presence').click();
  await desk.test('end-shift').click();
  await desk.page.getByRole('button', { name: /State: On a call.*then: Signed out/s }).waitFor();
  await desk.test('me').click();
  await desk.test('sign-out').click();
  await desk.page.getByText('Finish the call first').first().waitFor();
  const heard = caller.heard;
  await desk.page.waitForTimeout(500);
  assert.equal(caller.ended, null, 'the caller is still there');
  assert.ok(caller.heard > heard, 'and hears');
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  await desk.test('done').click();
  await desk.test('start-shift').waitFor();
  await desk.page.locator('[data-test=phone][data-state=off]').waitFor();
  await desk.startShift();
});

test('by keyboard alone: answer, digits, notes, done', async () => {
  await phoneIn();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  await desk.test('countdown').waitFor();
  await desk.page.locator('#wrap-title:focus').waitFor();
  await desk.press('1');
  await desk.page.locator('[data-test^=disposition-][aria-pressed=true]').waitFor();
  await desk.press('Control+Enter');
  await desk.ready();
});

test('a record edited in the call is on the screen at once, and after a reload', async () => {
  const number = '+8613900000088';
  const made = await fetch(`${carillon.http}/api/v1/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${carillon.tokens.supervisor}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: '欧阳明珠', contact_points: [{ kind: 'phone', value: number }] }),
  });
  const { id } = await made.json();
  await phoneIn(number);
  await desk.phase('ringing');
  await desk.page.locator('[data-test=pop-name]', { hasText: '欧阳明珠' }).waitFor();
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  await desk.test('edit').click();
  await desk.page.locator('[data-test=edit-name]:focus').waitFor();
  await desk.test('edit-name').fill('欧阳明珠 Pearl');
  await desk.test('edit-tier').selectOption('gold');
  assert.deepEqual(await desk.violations(), []);
  // Digits typed here are no dispositions, and the call's own keys go on working.
  await desk.press('F8');
  await desk.phase('held');
  await desk.press('F8');
  await desk.phase('talking');
  await desk.test('edit-save').click();
  await desk.page.locator('[data-test=pop-name]', { hasText: 'Pearl' }).waitFor();
  await desk.page.reload();
  await desk.page.locator('[data-test=pop-name]', { hasText: 'Pearl' }).waitFor();
  const card = await (await carillon.api(`/customers/${id}`)).json();
  assert.deepEqual([card.name, card.tier], ['欧阳明珠 Pearl', 'gold']);
  await desk.page.locator('[data-test=call-mute][aria-disabled=false]').waitFor();
  await desk.press('Shift+F2');
  await finishWrapUp();
});

test('a second tab shows the call and its buttons work', async () => {
  await phoneIn();
  await desk.phase('ringing');
  const { Desktop } = await import('./desktop.mjs');
  const second = new Desktop(await desk.page.context().newPage());
  await second.page.goto(carillon.http);
  await second.phase('ringing');
  await second.page.locator('[data-test=call-answer][aria-disabled=false]').click();
  await desk.phase('talking');
  await second.phase('talking');
  await second.press('Shift+F2');
  await desk.phase('wrap_up');
  await second.page.close();
  await finishWrapUp();
});

test('the wallboard counts, and a supervisor changes an agent', async () => {
  const board = await browser.person();
  await board.page.goto(carillon.links.supervisor);
  await board.test('link').waitFor();
  await board.page.goto(`${carillon.http}/#/board`);
  await board.test('board').waitFor();
  const answered = async () => Number(await board.test('all-answered').textContent());
  const earlier = await answered();
  await phoneIn();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  await eventually('one more answered', async () => (await answered()) === earlier + 1);
  assert.equal(await board.test('calls-active').textContent(), '1');
  await desk.press('Shift+F2');
  await finishWrapUp();
  await eventually('no call', async () => (await board.test('calls-active').textContent()) === '0');
  await board.test('force-lin').click();
  await board.page.getByRole('menuitem').nth(1).click();
  await board.test('confirm-yes').click();
  await desk.test('go-ready').click();
  await desk.ready();
  assert.deepEqual(await board.violations(), []);
  assert.deepEqual(board.errors, []);
  await board.page.context().close();
});

test('no axe violations and no refused styles on the desk', async () => {
  assert.deepEqual(await desk.violations(), []);
  await phoneIn();
  await desk.phase('ringing');
  await desk.test('pop').waitFor();
  assert.deepEqual(await desk.violations(), []);
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  assert.deepEqual(await desk.violations(), []);
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  assert.deepEqual(await desk.violations(), []);
  await finishWrapUp();
  assert.deepEqual(desk.errors, []);
  const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
});
