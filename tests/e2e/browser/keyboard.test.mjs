/** A day without a mouse, and words that are true: focus, small windows, declined calls, lists that did not load. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call } from './caller.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, desk;
const callers = [];

async function ring(from = '+8613900000001') {
  const caller = await call({ sip: carillon.sip, number: carillon.numbers.queue, from });
  callers.push(caller);
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  return caller;
}

/** What has the focus, as a test would name it. */
const focus = () => desk.page.evaluate(() => document.activeElement?.getAttribute('data-test') ?? document.activeElement?.tagName);
const inside = (selector) => desk.page.evaluate((within) => document.activeElement?.closest(within) !== null, selector);

async function wrapUp() {
  await desk.press('Shift+F2');
  await desk.phase('wrap_up');
  await desk.test('disposition-advice').click();
  await desk.test('done').click();
  await desk.ready();
}

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  desk = await browser.person();
});

after(async () => {
  for (const caller of callers) caller.close();
  await browser?.close();
  await carillon?.stop();
});

test('the shift begins with one key', async () => {
  await desk.signIn(carillon.http, 'lin');
  await eventually('the button has the focus', async () => (await focus()) === 'start-shift');
  await eventually('the link is up', async () => (await desk.test('start-shift').getAttribute('aria-disabled')) === 'false');
  await desk.press('Enter');
  await desk.ready();
  assert.ok(await inside('main'), 'and the focus stays in the page');
});

test('the focus stays with the customer after a choice, and with the keypad after Esc', async () => {
  const number = '+8613900000077';
  const found = (await (await carillon.api('/customers?q=a&limit=3')).json()).items;
  assert.equal(found.length, 3);
  for (const { id } of found) {
    const answer = await carillon.supervise(`/customers/${id}`, { contact_points: [{ kind: 'phone', value: number, label: '' }] }, 'PATCH');
    assert.equal(answer.id, id, JSON.stringify(answer));
  }
  await ring(number);
  await desk.press('F2');
  await desk.phase('talking');
  await desk.test('choose').first().focus();
  await desk.press('Enter');
  await eventually('the customer is chosen', async () => (await desk.test('choose').count()) === 0);
  await eventually('the focus is in the record', () => inside('[data-test=pop]'));

  await desk.test('call-keypad').focus();
  await desk.press('Enter');
  await desk.test('keypad').waitFor();
  await desk.press('Escape');
  await desk.test('keypad').waitFor({ state: 'detached' });
  assert.equal(await focus(), 'call-keypad');
  await wrapUp();
  assert.ok(await inside('main'), 'and in the page after the form was saved');
});

test('at 200 % a new caller is seen from the top', async () => {
  await desk.page.setViewportSize({ width: 640, height: 360 });
  await desk.page.evaluate(() => document.getElementById('main').scrollTo(0, 10_000));
  await ring();
  await desk.test('pop').waitFor();
  await eventually('the top is shown', async () => (await desk.page.evaluate(() => document.getElementById('main').scrollTop)) === 0);
  await desk.page.setViewportSize({ width: 1280, height: 720 });
});

test('who declines is told that, to the agent and on the board', async () => {
  await desk.test('call-decline').click();
  await desk.page.getByText('You declined a call, so you are not ready').waitFor();
  const told = await desk.page.locator('main').textContent();
  assert.doesNotMatch(told, /missed a call|did not answer|next agent/i);
  await desk.page.getByRole('button', { name: /State: Declined a call/ }).waitFor();
  const { agents } = await (await carillon.api('/board')).json();
  assert.equal(agents.find(({ key }) => key === 'lin').state.reason, 'declined');
  callers.at(-1).hangUp();
});

test('a key that does nothing says why, and contacts that did not load are not "none"', async () => {
  await desk.press('F8');
  await desk.page.locator('.notices', { hasText: 'There is no call' }).waitFor();
  await desk.page.route('**/api/v1/interactions?*', (route) => route.abort());
  await desk.page.reload();
  await desk.test('recent-failed').waitFor();
  await desk.page.unroute('**/api/v1/interactions?*');
  await desk.test('recent-again').click();
  await desk.test('recent-failed').waitFor({ state: 'detached' });
  await desk.page.locator('.recent li').first().waitFor();
});

test('no word is broken in a button', async () => {
  await desk.page.locator('[data-test=phone][data-state=registered]').waitFor();
  await desk.test('go-ready').click();
  await desk.ready();
  await ring();
  await desk.press('F2');
  await desk.phase('talking');
  const broken = () =>
    desk.page.evaluate(() => {
      // A word is broken where its letters stand on more than one line.
      const found = [];
      for (const button of document.querySelectorAll('button')) {
        const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
          for (const { 0: word, index } of texts.currentNode.data.matchAll(/[\p{L}\p{N}-]+/gu)) {
            if (/\p{Script=Han}/u.test(word)) continue;
            const range = new Range();
            range.setStart(texts.currentNode, index);
            range.setEnd(texts.currentNode, index + word.length);
            if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
          }
        }
      }
      return found;
    });
  for (const width of [1920, 1280, 1081, 900, 640, 390]) {
    await desk.page.setViewportSize({ width, height: 720 });
    assert.deepEqual(await broken(), [], `${width} wide`);
  }
  await desk.page.setViewportSize({ width: 1280, height: 720 });
  await wrapUp();
  assert.deepEqual(desk.errors, []);
});
