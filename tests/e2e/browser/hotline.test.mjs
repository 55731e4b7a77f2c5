/**
 * The whole way of one call, with a SIPp caller and an agent in a browser: greeting, digits, queue, pop, ring, both
 * voices, wrap-up, record, wallboard. And the same desk after kill -9 of the server.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { sippCall } from './sipp.mjs';
import { loudness, readWav, shareOf } from './sound.mjs';

const CALLER_HZ = 1000;
const AGENT_HZ = 440;
const RATE = 8000;

let carillon, browser;
const callers = [];

async function dial(options) {
  const caller = await sippCall({ sip: carillon.sip, from: '4930999999', hertz: CALLER_HZ, ...options });
  callers.push(caller);
  return caller;
}

const json = async (path) => (await carillon.api(path)).json();
const queue = async (key) => (await json('/board')).queues.find((tile) => tile.key === key);

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(AGENT_HZ);
});

after(async () => {
  for (const caller of callers) await caller.close();
  await browser?.close();
  await carillon?.stop();
});

test('greeting, digits, queue, pop, ring, voices, wrap-up, record, wallboard', async () => {
  const boss = await browser.person();
  await boss.page.goto(carillon.links.supervisor);
  await boss.test('board').waitFor();
  const desk = await browser.person();
  await desk.page.goto(carillon.links.agent);
  await desk.test('start-shift').waitFor();

  // Nobody is ready yet. "2" chooses the language, "1" the advisors.
  const keys = [
    { afterMs: 2000, key: '2' },
    { afterMs: 5000, key: '1' },
  ];
  const caller = await dial({ number: carillon.numbers.hotline, keys });
  await eventually('the greeting', () => caller.heard().length > RATE * 1.5);
  const greeting = caller.heard().subarray(0, RATE * 1.5);
  assert.ok(loudness(greeting) > 200, `the caller hears somebody speak: ${loudness(greeting)}`);
  await eventually('the caller waits', async () => (await queue('sales')).waiting === 1, 25_000);
  await eventually('the wallboard says so', async () => (await boss.test('all-waiting').textContent()) === '1');

  // Ready for a moment only: somebody waits.
  await desk.test('start-shift').click();
  await desk.test('pop').waitFor();
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  assert.match(await desk.page.locator('.facts').textContent(), /Sales|English/, 'the way through the menu');
  await desk.press('F2');
  await desk.phase('talking');
  const before = caller.heard().length;
  await eventually('four seconds of talk', () => caller.heard().length - before > RATE * 4, 15_000);
  const agent = caller.heard().subarray(before + RATE);
  assert.ok(shareOf(agent, RATE, AGENT_HZ) > 0.4, `the caller hears the agent: ${shareOf(agent, RATE, AGENT_HZ)}`);
  await desk.press('Shift+F2');
  assert.equal(await caller.over, 0, "the caller's side went as written");
  await desk.phase('wrap_up');
  await desk.test('disposition-order').click();
  await desk.test('notes').fill('Two rings, engraved');
  await desk.press('Control+Enter');
  await desk.ready();

  const [{ id }] = (await json('/interactions?limit=1')).items;
  const row = await eventually('the saved contact', async () => {
    const found = await json(`/interactions/${id}`);
    return found.wrap_up_ended && found.disposition ? found : null;
  });
  assert.deepEqual([row.outcome, row.ended_by, row.disposition, row.notes], ['handled', 'agent', 'order', 'Two rings, engraved']);
  assert.equal(row.menu_path.length, 2, `${row.menu_path}`);
  const kinds = row.events.map(({ kind }) => kind);
  const order = ['call.started', 'call.answered', 'menu.chosen', 'queue.entered', 'agent.reserved', 'agent.rang', 'call.connected', 'call.ended', 'wrap_up.saved', 'wrap_up.ended'];
  const places = order.map((kind) => kinds.indexOf(kind));
  assert.ok(places.every((place, i) => place >= 0 && (i === 0 || place > places[i - 1])), `${kinds}`);

  const recording = await eventually('the recording', async () => {
    const response = await carillon.api(`/interactions/${id}/recording`).catch(() => null);
    const sound = response && readWav(await response.arrayBuffer());
    return sound?.seconds > 3 ? sound : null;
  });
  const [left, right] = recording.sides.map((side) => [CALLER_HZ, AGENT_HZ].map((hertz) => shareOf(side, recording.rate, hertz)));
  assert.ok(left[0] > 0.6 && left[1] < 0.1, `caller side: ${left}`);
  assert.ok(right[1] > 0.4 && right[0] < 0.1, `agent side: ${right}`);

  const tile = await queue('sales');
  assert.deepEqual([tile.offered, tile.answered, tile.abandoned, tile.waiting], [1, 1, 0, 0]);
  await eventually('the wallboard counts', async () => {
    const shown = await Promise.all(['calls-active', 'all-waiting', 'all-answered', 'all-abandoned'].map((name) => boss.test(name).textContent()));
    return shown.join() === '0,0,1,0';
  });
  assert.deepEqual([...desk.errors, ...boss.errors], []);
});

test('kill -9 in a call: nobody signs in again, the form is open, the agent works on', async () => {
  const desk = await browser.person();
  await desk.signIn(carillon.http, 'lin');
  await desk.startShift();
  const caller = await dial({ number: carillon.numbers.queue, from: '13800138000', endsAfterMs: 120_000 });
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  await desk.test('notes').fill('written before the crash');

  // Nobody is there any more with whom the call could go on.
  await carillon.kill();
  await caller.close();
  await carillon.again();
  await desk.phase('wrap_up', 20_000);
  assert.equal(await desk.test('notes').inputValue(), 'written before the crash');
  await desk.test('pop').waitFor();
  await desk.page.locator('[data-test=phone][data-state=registered]').waitFor();
  await desk.test('disposition-advice').click();
  await desk.test('done').click();
  await desk.ready();
  // The agent is ready before the row is on the disk.
  const row = await eventually('the saved row', async () => {
    const [found] = (await json('/interactions?limit=1')).items;
    return found.disposition ? found : null;
  });
  assert.deepEqual([row.outcome, row.disposition, row.notes], ['interrupted', 'advice', 'written before the crash']);

  await dial({ number: carillon.numbers.queue, from: '13800138001', endsAfterMs: 20_000 });
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).click();
  await desk.phase('talking');
  assert.deepEqual(desk.errors, []);

  // The day did not begin anew, and the wallboard counts as the statistics do.
  const day = await eventually('one number everywhere', async () => {
    const [{ queues }, { items }] = await Promise.all([json('/board'), json('/statistics?from=-1h&interval=all')]);
    const all = items.map(({ key, counts }) => [key, counts.offered, counts.answered_in_time + counts.answered_late]);
    const board = queues.filter(({ offered }) => offered > 0).map(({ key, offered, answered }) => [key, offered, answered]);
    return JSON.stringify(all.toSorted()) === JSON.stringify(board.toSorted()) ? board : null;
  });
  assert.ok(day.reduce((sum, [, , answered]) => sum + answered, 0) >= 3, JSON.stringify(day));
});
