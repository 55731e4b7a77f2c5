/** Microphones that are really taken away: while ready, while it rings, in a call; and that say nothing. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowserOn } from './desktop.mjs';
import { startPulse } from './pulse.mjs';
import { sippCall } from './sipp.mjs';
import { shareOf } from './sound.mjs';

const HEADSET_HZ = 440;
const WEBCAM_HZ = 880;
const RATE = 8000;
/** The device is gone for the page within a look or two at the list. */
const SOON_MS = 6_000;

let carillon, pulse, browser, desk;
const callers = [];

async function dial() {
  const caller = await sippCall({ sip: carillon.sip, number: carillon.numbers.queue, from: '13800138000', endsAfterMs: 120_000 });
  callers.push(caller);
  return caller;
}

const json = async (path) => (await carillon.api(path)).json();
const seat = async () => (await json('/board')).agents.find(({ key }) => key === 'lin');
const trouble = (name) => desk.test(`trouble-${name}`);
const said = (words) => desk.page.locator('.notices', { hasText: words }).waitFor();
const mark = (state) => desk.page.locator(`[data-test=phone][data-state=${state}]`).waitFor({ timeout: SOON_MS });

/** Which of the two the caller hears from now on. */
async function voiceOf(caller) {
  const from = caller.heard().length;
  await eventually('three seconds of talk', () => caller.heard().length - from > RATE * 3, 15_000);
  const heard = caller.heard().subarray(from + RATE);
  const [headset, webcam] = [HEADSET_HZ, WEBCAM_HZ].map((hertz) => shareOf(heard, RATE, hertz));
  return headset > 0.3 ? 'headset' : webcam > 0.3 ? 'webcam' : `${headset} ${webcam}`;
}

async function finish() {
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  await desk.test('disposition-advice').click();
  await desk.test('done').click();
}

before(async () => {
  [carillon, pulse] = await Promise.all([startCarillon(), startPulse()]);
  await pulse.plug('Headset', HEADSET_HZ);
  browser = await openBrowserOn(pulse);
  desk = await browser.person();
  await desk.signIn(carillon.http, 'lin');
  await desk.startShift();
  await desk.test('choose-microphone').selectOption('Headset');
});

afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.close();
  assert.deepEqual(desk.errors, []);
});

after(async () => {
  await browser?.close();
  await pulse?.stop();
  await carillon?.stop();
});

test('gone while ready: not ready, with a word to agent and supervisor, and back by a press', async () => {
  await eventually('the meter moves', async () => Number(await desk.test('meter').getAttribute('aria-valuenow')) > 20);
  await pulse.unplug('Headset');
  await trouble('microphone').waitFor({ timeout: SOON_MS });
  await mark('voiceless');
  const { state } = await eventually('the server knows', async () => {
    const found = await seat();
    return found.state.state === 'not_ready' ? found : null;
  });
  assert.equal(state.reason, 'no-microphone');
  await desk.page.getByRole('button', { name: /State: No microphone/ }).waitFor();
  await desk.test('go-ready').click();
  await said(/microphone/i);
  assert.equal((await seat()).state.state, 'not_ready', 'not by a press without one');
  assert.equal((await carillon.supervise(`/agents/${(await seat()).id}/presence`, { state: 'ready' })).code, 'no_microphone');

  await pulse.plug('Headset', HEADSET_HZ);
  await trouble('microphone').waitFor({ state: 'detached', timeout: SOON_MS });
  await mark('registered');
  assert.equal((await seat()).state.state, 'not_ready', 'not by itself');
  await desk.test('go-ready').click();
  await desk.ready();
});

test('gone while it rings: F2 says why, the ring goes on, F6 and F2 answer with the other one', async () => {
  await pulse.plug('Webcam', WEBCAM_HZ);
  const caller = await dial();
  await desk.phase('ringing');
  await pulse.unplug('Headset');
  await trouble('microphone').waitFor({ timeout: SOON_MS });
  await desk.press('F2');
  await said(/rings on/);
  await desk.phase('ringing');
  await desk.press('F6');
  await trouble('microphone').waitFor({ state: 'detached' });
  await desk.press('F2');
  await desk.phase('talking');
  assert.equal(await voiceOf(caller), 'webcam');
  await finish();
  await desk.ready();
});

test('gone in a call: said at once, one key goes on with the other, and it comes back', async () => {
  await pulse.plug('Headset', HEADSET_HZ);
  await trouble('instead').waitFor({ state: 'detached', timeout: SOON_MS });
  const caller = await dial();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
  await desk.test('call-meter').waitFor();
  assert.equal(await voiceOf(caller), 'headset');

  await pulse.unplug('Headset');
  await trouble('microphone').waitFor({ timeout: SOON_MS });
  assert.match(await trouble('microphone').textContent(), /Headset.*Webcam/s);
  assert.match((await seat()).next?.reason ?? '', /no-microphone/, 'no further call until somebody can speak');
  await desk.press('F6');
  await trouble('microphone').waitFor({ state: 'detached' });
  assert.equal(await voiceOf(caller), 'webcam');
  await trouble('instead').waitFor();

  await pulse.plug('Headset', HEADSET_HZ);
  await trouble('instead').waitFor({ state: 'detached', timeout: SOON_MS });
  assert.equal(await voiceOf(caller), 'headset');

  await desk.press('F4');
  await trouble('talking-muted').waitFor();
  await desk.press('F4');
  await trouble('talking-muted').waitFor({ state: 'detached' });
  assert.equal(await voiceOf(caller), 'headset');
  await finish();
  await desk.ready();
});

test('a microphone that gives no sound is told in the call', async () => {
  await pulse.plug('Dead');
  await eventually('it is in the list', async () => (await desk.test('choose-microphone').textContent()).includes('Dead'));
  await desk.test('choose-microphone').selectOption('Dead');
  await dial();
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
  await trouble('silent').waitFor({ timeout: 12_000 });
  await desk.press('F6');
  await trouble('silent').waitFor({ state: 'detached' });
  await finish();
  await desk.ready();
});
