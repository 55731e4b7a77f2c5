/** A caller leaves a message: it stands among the tasks, is heard there, and is done once. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { sippCall } from './sipp.mjs';
import { loudness, readWav, shareOf } from './sound.mjs';

const CALLER_HZ = 1000;

let carillon, browser, caller;

before(async () => {
  [carillon, browser] = await Promise.all([startCarillon(), openBrowser(440)]);
});

after(async () => {
  await caller?.close();
  await browser?.close();
  await carillon?.stop();
});

test('a message is left, stands among the tasks, is played, and is done', async () => {
  // English; a message; the greeting is cut short, and the message ended.
  const keys = [
    { afterMs: 2000, key: '2' },
    { afterMs: 4000, key: '4' },
    { afterMs: 6000, key: '#' },
    { afterMs: 12_000, key: '#' },
  ];
  const { sip, numbers } = carillon;
  caller = await sippCall({ sip, number: numbers.hotline, from: '13800138055', hertz: CALLER_HZ, keys });
  const desk = await browser.person();
  await desk.page.goto(carillon.links.agent);
  const tasks = async () => (await (await carillon.api('/tasks')).json()).items;
  const task = await eventually('the task', async () => (await tasks()).find(({ kind }) => kind === 'voicemail'), 30_000);
  assert.deepEqual([task.note, task.number], ['sales', '+8613800138055']);
  assert.equal(await caller.over, 0, 'thanked, and hung up on');

  const headers = { authorization: `Bearer ${carillon.tokens.agent ?? carillon.tokens.supervisor}` };
  const sound = await eventually('the recording', async () => {
    const answer = await fetch(`${carillon.http}/api/v1/interactions/${task.interaction}/recording`, { headers });
    return answer.ok ? readWav(await answer.arrayBuffer()) : null;
  });
  assert.ok(sound.seconds > 4 && sound.seconds < 8, `from one key to the other: ${sound.seconds} s`);
  const [left, right] = sound.sides;
  assert.ok(shareOf(left, sound.rate, CALLER_HZ) > 0.6, 'the caller');
  assert.ok(!right || loudness(right) < 50, 'and nobody else: neither tone nor greeting');

  await desk.page.goto(`${carillon.http}/#/tasks`);
  const row = desk.test(`task-${task.id}`);
  await row.getByText('Message').first().waitFor();
  await row.locator('[data-test=message] button').first().waitFor();
  assert.deepEqual(await desk.violations(), []);
  await row.getByText('Done').click();
  await row.waitFor({ state: 'detached' });
  assert.equal((await tasks()).length, 0);
  assert.deepEqual(desk.errors, []);
});
