/** A figure beyond its limit, in a browser against the real server: seen and heard on every page, acknowledged by keys, and kept. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, office;

async function rest(path, { method = 'GET', body, headers } = {}) {
  const response = await fetch(`${carillon.http}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${carillon.tokens.admin}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
}

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  office = await browser.person({ viewport: { width: 1366, height: 768 } });
  office.page.setDefaultTimeout(20_000);
  // What is heard is counted.
  await office.page.addInitScript(() => {
    const Plain = window.OscillatorNode;
    window.tones = 0;
    window.OscillatorNode = class extends Plain {
      constructor(...of) {
        super(...of);
        window.tones += 1;
      }
    };
  });
  await office.signIn(carillon.http, 'meng');
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

/** By Tab alone: what cannot be reached so is not there. */
async function press(selector) {
  await office.page.locator(selector).first().waitFor();
  const there = () => office.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
  for (let tries = 0; !(await there()); tries += 1) {
    assert.ok(tries < 250, `not reached by Tab: ${selector}`);
    await office.press('Tab');
  }
  await office.press('Enter');
}

// Nobody is at work: too few are ready in every queue.
const ALERTS = [
  { language: 'en', key: 'floor', queue: 'sales', says: /Act now · Advisors.*Nobody there.*0 ready, fewer than 1/s, button: /I see to it/, seen: /meng sees to it/, over: /over: the alert or the queue was changed/ },
  { language: 'zh', key: 'vip-floor', queue: 'vip', says: /立即处理 · 贵宾专线.*无人值守.*0 位示闲，少于 1/s, button: /由我处理/, seen: /由 meng 处理/, over: /已结束：设置中的告警或队列已改动/ },
];

for (const { language, key, queue, says, button, seen, over } of ALERTS) {
  test(`a figure beyond its limit stands above the page, is seen to by keyboard, and what happened is kept (${language})`, { timeout: 120_000 }, async () => {
    const speaks = () => office.page.evaluate((wanted) => document.documentElement.lang.startsWith(wanted), language);
    if (!(await speaks())) await press('[data-test=language]');
    await office.page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), language);
    // On a page that has nothing to do with queues.
    await office.page.goto(`${carillon.http}/#/customers`);
    await office.test('customers').waitFor();
    const before = await office.page.evaluate(() => window.tones);
    const fields = { name: { en: 'Nobody there', zh: '无人值守' }, figure: 'ready', queues: [queue], act: 1, hold_s: 1 };
    const path = `/center/objects/alert/${key}`;
    await rest(`${path}?accept_warnings=true`, { method: 'PUT', body: { fields }, headers: { 'if-none-match': '*' } });

    await office.test(`alarm-${key}`).waitFor();
    assert.match(await office.test(`alarm-${key}`).innerText(), says);
    assert.match(await office.test(`alarm-seen-${key}`).innerText(), button);
    await office.page.waitForFunction((many) => window.tones > many, before);
    assert.deepEqual(await office.violations(), []);
    await press(`[data-test=alarm-seen-${key}]`);
    await office.test(`alarm-${key}`).waitFor({ state: 'detached' });
    const [open] = (await rest('/board')).alerts.filter(({ rule }) => rule === key);
    assert.deepEqual([open.seen_by, open.level], ['meng', 'act']);

    // It is seen after a reload too, and is over with its rule.
    await office.page.goto(`${carillon.http}/#/board`);
    await office.page.reload();
    await press('[data-test=alert-log-open]');
    await office.test(`alert-${key}`).waitFor();
    assert.equal(await office.test(`alarm-${key}`).count(), 0, 'nobody is bothered again');
    const { version } = await rest(path);
    await rest(`${path}?accept_warnings=true`, { method: 'DELETE', headers: { 'if-match': `"${version}"` } });
    await press(`[data-test=alert-past-${key}]`);
    await office.page.locator('[data-test="alert.ended"]').waitFor();
    assert.match(await office.page.locator('[data-test="alert.acknowledged"]').innerText(), seen);
    assert.match(await office.page.locator('[data-test="alert.ended"]').innerText(), over);
    assert.deepEqual(await office.violations(), []);
    await office.press('Escape');
    await office.test('alert-log').waitFor({ state: 'detached' });
    assert.deepEqual(office.errors, []);
  });
}
