/** A day of a salesperson without a mouse, in both languages: a lead becomes a customer, an opportunity, a quote and an order; what needs approval waits for it. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, desk, ring;

const rest = async (path, { token = carillon.tokens.admin, method = 'GET', body } = {}) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${carillon.http}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
};

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  const price = { amount: '46500', currency: 'CNY' };
  ring = await rest('/records/product', { method: 'POST', body: { fields: { label: '誓言钻戒 Ring Vow', code: 'VOW', price } } });
  desk = await browser.person({ viewport: { width: 1366, height: 768 } });
  desk.page.setDefaultTimeout(20_000);
  await desk.signIn(carillon.http, 'lin');
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

/** By Tab alone: what cannot be reached so is not there. */
async function reach(selector) {
  await desk.page.locator(selector).first().waitFor();
  const there = () => desk.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
  for (let tries = 0; tries < 250; tries += 1) {
    if (await there()) return;
    await desk.press('Tab');
  }
  assert.fail(`not reached by Tab: ${selector}`);
}

async function go(selector, key = 'Enter') {
  await reach(selector);
  await desk.press(key);
}

async function write(selector, text) {
  await reach(selector);
  await desk.press('Control+A');
  await desk.page.keyboard.insertText(text);
}

async function choose(selector, times) {
  await reach(selector);
  for (let i = 0; i < Math.abs(times); i += 1) await desk.press(times > 0 ? 'ArrowDown' : 'ArrowUp');
}

/** Somebody or something that is found by its name. */
async function find(selector, text) {
  await write(selector, text);
  await desk.page.locator('[role=option]').first().waitFor();
  await desk.press('Enter');
}

const state = (key) => desk.page.locator(`[data-test=record] [data-test=state][data-state=${key}]`).waitFor();
const saved = async () => {
  await desk.press('Control+Enter');
  await desk.test('record-save').waitFor({ state: 'detached' });
};
const id = () => Number(/(\d+)(\?|$)/.exec(desk.page.url())[1]);

const DAYS = [
  { language: 'en', name: 'Hannah Reid', phone: '+447700900771', wish: 'Two rings for March', next: 'Send the quote' },
  { language: 'zh', name: '周敏', phone: '13910002771', wish: '三月婚礼的对戒', next: '发送报价' },
];

for (const { language, name, phone, wish, next } of DAYS) {
  test(`from the first word to the order, by keys alone (${language})`, { timeout: 240_000 }, async () => {
    if (!(await desk.page.evaluate((wanted) => document.documentElement.lang.startsWith(wanted), language))) await go('[data-test=language]');
    await desk.page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), language);
    await desk.page.goto(`${carillon.http}/#/records/lead`);
    await desk.test('new-record').waitFor();
    await desk.press('F10');
    await write('[data-test=field-name]', name);
    await write('[data-test=field-phone]', phone);
    await write('[data-test=field-wish]', wish);
    await choose('[data-test=field-need]', -3);
    await choose('[data-test=field-means]', -3);
    await find('[data-test=field-owner]', '林悦');
    assert.deepEqual(await desk.violations(), []);
    await desk.press('Control+Enter');
    await state('new');
    assert.equal(await desk.test('field-score').inputValue(), '75', 'points of call, day and means');

    // It asks for its owner, who is there.
    await go('[data-test=step-qualify]');
    await desk.test('step-form').waitFor();
    await desk.press('Control+Enter');
    await state('qualified');
    await go('[data-test=step-convert]');
    await state('converted');
    assert.match(await desk.test('record-customer').textContent(), new RegExp(name));
    assert.ok(await desk.test('field-name').isDisabled(), 'what became something else stays as it was');
    assert.deepEqual(await desk.violations(), []);

    await go('[data-test=related-opportunity] a');
    await state('found');
    const opportunity = id();
    await go('[data-test=step-qualify]');
    await write('[data-test=step-form] [data-test=field-amount]', '93000');
    assert.deepEqual(await desk.violations(), []);
    await desk.press('Control+Enter');
    await state('qualified');
    await go('[data-test=step-quote]');
    await write('[data-test=step-form] [data-test=field-next]', next);
    await desk.press('Control+Enter');
    await state('proposed');

    // Prices are not hers to write, totals come by themselves.
    await go('[data-test=related-quote] a');
    await state('draft');
    const quote = id();
    await go('[data-test=field-items-add]');
    await find('[data-test=field-items-0-item]', 'Vow');
    await write('[data-test=field-items-0-amount]', '2');
    await saved();
    assert.ok(await desk.test('field-items-0-list').isDisabled());
    assert.equal(await desk.test('field-total').inputValue(), '105090');
    await write('[data-test=field-rebate]', '15');
    await saved();
    await go('[data-test=step-send]');
    await desk.page.locator('.notices button').first().waitFor();
    assert.equal((await rest(`/records/quote/${quote}`)).state, 'draft', 'fifteen percent go nowhere by themselves');
    await go('[data-test=step-ask]');
    await write('[data-test=step-form] [data-test=field-reason]', wish);
    await desk.press('Control+Enter');
    await state('approval');
    assert.ok(await desk.test('field-rebate').isDisabled());
    assert.equal(await desk.test('step-approve').count(), 0, 'nobody approves what she asked for');
    assert.deepEqual(await desk.violations(), []);
    await rest(`/records/quote/${quote}/steps/approve`, { token: carillon.tokens.supervisor, method: 'POST', body: { fields: {} } });
    await state('approved');
    await go('[data-test=step-send]');
    await state('sent');
    await go('[data-test=step-accept]');
    await state('accepted');
    await go('[data-test=related-order] a');
    await state('placed');
    assert.equal(await desk.test('field-total').inputValue(), '89326.5');
    assert.deepEqual(await desk.violations(), []);

    // The board says what each stage is worth, and the card goes on by keys.
    await desk.page.goto(`${carillon.http}/#/records/opportunity?show=board`);
    await desk.page.locator(`[data-test=card-${opportunity}]`).waitFor();
    assert.match(await desk.test('board-sum-proposed').textContent(), /93,000/);
    await reach(`[data-test=card-${opportunity}]`);
    await desk.press('Control+ArrowRight');
    await desk.page.locator('[data-test=step-form] [data-test=field-next_on]').waitFor();
    await desk.page.locator('[data-test=step-form] [data-test=field-next_on]').fill('2027-01-15');
    await desk.press('Control+Enter');
    await desk.page.locator(`[data-test=board-negotiation] [data-test=card-${opportunity}]`).waitFor();
    assert.deepEqual(await desk.violations(), []);
    await reach(`[data-test=card-${opportunity}]`);
    await desk.press('Control+ArrowRight');
    await choose('[data-test=step-form] [data-test=field-won]', 2);
    await desk.press('Control+Enter');
    await desk.page.locator(`[data-test=board-won] [data-test=card-${opportunity}]`).waitFor();
    if (process.env.CARILLON_SHOTS) await desk.page.screenshot({ path: `${process.env.CARILLON_SHOTS}/pipeline-${language}.png` });
    assert.deepEqual(desk.errors, []);
  });
}
