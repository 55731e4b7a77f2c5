/**
 * A call that goes on at another computer, because the first browser is killed or because the agent wants it; and what
 * a desk shows after the server was killed, or stopped, and started again.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser, openMortalBrowser } from './desktop.mjs';
import { sippCall } from './sipp.mjs';
import { shareOf } from './sound.mjs';

const CALLER_HZ = 1000;
const FIRST_HZ = 440;
const SECOND_HZ = 700;
const RATE = 8000;

let carillon, first, second;
const callers = [];

/** Keeps an ear at all that the page's phone receives. */
const EAR = () => {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      this.addEventListener('track', ({ track }) => {
        const context = new AudioContext();
        const ear = context.createAnalyser();
        ear.fftSize = 4096;
        context.createMediaStreamSource(new MediaStream([track])).connect(ear);
        window.ear = ear;
      });
    }
  };
};

/** The loudest tone that the page hears just now, in hertz; 0: nothing. */
const LOUDEST = () => {
  if (!window.ear) return 0;
  const bins = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(bins);
  const at = bins.reduce((best, level, i) => (level > bins[best] ? i : best), 0);
  return bins[at] > -60 ? (at * window.ear.context.sampleRate) / window.ear.fftSize : 0;
};

const json = async (path) => (await carillon.api(path)).json();

async function dial(from, options = {}) {
  const caller = await sippCall({ sip: carillon.sip, number: carillon.numbers.queue, from, hertz: CALLER_HZ, ...options });
  callers.push(caller);
  return caller;
}

async function answer(desk) {
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
  await desk.page.locator('[data-test=call-mute][aria-disabled=false]').waitFor();
}

async function atDesk(browser) {
  const desk = await browser.person();
  await desk.page.addInitScript(EAR);
  await desk.signIn(carillon.http, 'lin');
  return desk;
}

/** Both hear the other's tone, from now on. */
async function bothHear(caller, desk, hertz) {
  await desk.page.locator('[data-test=call-mute][aria-disabled=false]').waitFor();
  await eventually('the caller hears the agent', () => shareOf(caller.heard().subarray(-RATE), RATE, hertz) > 0.4, 15_000);
  await eventually('the agent hears the caller', async () => Math.abs((await desk.page.evaluate(LOUDEST)) - CALLER_HZ) < 30, 15_000);
}

async function finish(desk, caller) {
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  assert.equal(await caller.over, 0, "the caller's side went as written: never a drop");
  await desk.test('disposition-order').click();
  await desk.test('done').click();
  const [{ id }] = (await json('/interactions?limit=1')).items;
  return eventually('the saved contact', async () => {
    const row = await json(`/interactions/${id}`);
    return row.wrap_up_ended ? row : null;
  });
}

/** "Handled" and "missed" as *My day* shows them. */
const day = async (desk) => (await desk.test('my-day').locator('dd').allTextContents()).slice(0, 2).map(Number);

before(async () => {
  carillon = await startCarillon();
  first = await openMortalBrowser(FIRST_HZ);
  second = await openBrowser(SECOND_HZ);
});

after(async () => {
  for (const caller of callers) await caller.close();
  await first?.close().catch(() => undefined);
  await second?.close();
  await carillon?.stop();
});

test('taken over from a browser that works, and back again; the other is told', async () => {
  const desk = await atDesk(first);
  await desk.startShift();
  const caller = await dial('13900000007');
  await answer(desk);
  await bothHear(caller, desk, FIRST_HZ);

  const other = await atDesk(second);
  await other.phase('talking');
  assert.deepEqual(await other.violations(), []);
  await other.press('F2');
  await bothHear(caller, other, SECOND_HZ);
  await desk.page.locator('.notices', { hasText: 'taken over' }).waitFor();
  await desk.test('call-take_over').click();
  await bothHear(caller, desk, FIRST_HZ);
  await other.page.locator('.notices', { hasText: 'taken over' }).waitFor();

  const row = await finish(desk, caller);
  const kinds = row.events.map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === 'call.taken_over').length, 2, `${kinds}`);
  assert.deepEqual([row.outcome, row.ended_by], ['handled', 'agent']);
  assert.deepEqual([...desk.errors, ...other.errors], []);
  await other.page.context().close();
  await desk.page.context().close();
});

test('the browser is killed in a call: the agent signs in elsewhere and takes it over', async () => {
  const desk = await atDesk(first);
  await desk.startShift();
  const caller = await dial('13900000008');
  await answer(desk);
  await bothHear(caller, desk, FIRST_HZ);

  await first.kill();
  const other = await atDesk(second);
  await other.phase('parked');
  await other.test('call-take_over').click();
  await other.phase('talking');
  await bothHear(caller, other, SECOND_HZ);

  const row = await finish(other, caller);
  const kinds = row.events.map(({ kind }) => kind);
  assert.ok(kinds.indexOf('call.parked') > 0 && kinds.indexOf('call.taken_over') > kinds.indexOf('call.parked'), `${kinds}`);
  assert.deepEqual([row.outcome, row.ended_by], ['handled', 'agent']);
  const rows = (await json('/interactions?limit=50')).items.filter(({ caller }) => caller === row.caller);
  assert.equal(rows.length, 1, 'one interaction');
  assert.deepEqual(other.errors, []);
  await other.page.context().close();
});

test('kill -9 in a call: who it may be, why you, and my day are there again', async () => {
  const number = '+8613900000099';
  for (const name of ['王丽华', '王建国', '王小明']) {
    const made = await carillon.supervise('/customers', { name, contact_points: [{ kind: 'phone', value: number }] });
    assert.ok(made.id, JSON.stringify(made));
  }
  const desk = await atDesk(second);
  await desk.startShift();
  await dial(number, { endsAfterMs: 120_000 });
  await answer(desk);
  const candidates = () => desk.test('choose').count();
  await eventually('three who share the number', async () => (await candidates()) === 3);
  const why = await desk.test('why').textContent();
  const [handled, missed] = await day(desk);
  assert.ok(handled >= 2, 'two calls so far');

  await carillon.kill();
  await carillon.again();
  await desk.phase('wrap_up', 20_000);
  await eventually('three again', async () => (await candidates()) === 3);
  assert.equal(await desk.test('why').textContent(), why);
  await eventually('my day', async () => JSON.stringify(await day(desk)) === JSON.stringify([handled + 1, missed]));
  await desk.test('choose').first().click();
  await desk.page.locator('[data-test=pop-name]', { hasText: '王' }).waitFor();
  await desk.test('disposition-advice').click();
  await desk.test('done').click();
  await desk.ready();

  await carillon.end();
  await carillon.again();
  await desk.page.reload();
  await eventually('my day', async () => JSON.stringify(await day(desk)) === JSON.stringify([handled + 1, missed]));
  assert.deepEqual(desk.errors, []);
});
