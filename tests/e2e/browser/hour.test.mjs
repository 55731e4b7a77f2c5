/**
 * An agent's hour without a mouse, in each language: calls out, holds, asks, swaps, joins, hands over, sends on with a
 * note, gets calls back, writes them up. Each key of the sheet does what the sheet says, or says why not.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { answerCalls } from './callee.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

const NUMBER = '138 0013 8055';
const HERTZ = { lin: 440, emma: 700 };
const LANGUAGES = ['en', 'zh'];

let carillon, customer;
const browsers = [];

/** The demo's trunk leads to our customer; a colleague may sign in, and supervises. */
async function prepare() {
  const headers = { authorization: `Bearer ${carillon.tokens.admin}`, 'content-type': 'application/toml' };
  const { version } = await (await fetch(`${carillon.http}/api/v1/center/queues/vip`, { headers })).json();
  const file = await (await fetch(`${carillon.http}/api/v1/center/file`, { headers })).text();
  const body = file
    .replace(/(\[trunk\.demo\][^[]*?destination = ")[^"]*"/, `$1udp:127.0.0.1:${customer.port}"`)
    .replace(/\[user\.emma-clarke\]/, '[user.emma-clarke]\npassword = { plain = "carillon" }\nrole = "supervisor"');
  const path = `${carillon.http}/api/v1/center/file?accept_warnings=true`;
  const put = await fetch(path, { method: 'PUT', headers: { ...headers, 'if-match': `"${version}"` }, body });
  assert.equal(put.status, 200, await put.text());
}

before(async () => {
  [carillon, customer] = await Promise.all([startCarillon(), answerCalls()]);
  await prepare();
  for (const hertz of Object.values(HERTZ)) browsers.push(await openBrowser(hertz));
});

after(async () => {
  for (const browser of browsers) await browser.close();
  await carillon?.stop();
  customer?.close();
});

const json = async (path) => (await carillon.api(path)).json();
const last = async () => json(`/interactions/${(await json('/interactions?limit=1')).items[0].id}`);

/** Somebody whose hands are on the keys alone: there is no click in here. */
class Hands {
  constructor(desk) {
    this.desk = desk;
  }

  async press(...all) {
    for (const keys of all) await this.desk.press(keys);
  }

  async type(text) {
    await this.desk.page.keyboard.type(text);
  }

  /** Tab until this has the focus. */
  async tabTo(name) {
    for (let presses = 0; presses < 80; presses += 1) {
      if ((await this.desk.page.evaluate(() => document.activeElement?.getAttribute('data-test'))) === name) return;
      await this.press('Tab');
    }
    assert.fail(`no way to ${name}`);
  }

  phase(name) {
    return this.desk.phase(name);
  }

  others(state) {
    return this.desk.page.locator(`[data-test=other][data-state=${state}]`).waitFor();
  }

  /** What is said of a key that does nothing now. */
  async told(pattern) {
    await this.desk.page.locator('.notices').getByText(pattern).first().waitFor();
  }

  async pick() {
    await this.phase('ringing');
    await this.desk.page.locator('[data-test=call-answer][aria-disabled=false]').waitFor();
    await this.press('F2');
    await this.phase('talking');
  }

  /** In the box: what was chosen can be seen before the key that does it. */
  async choose(query, keys) {
    await this.press('F9');
    await this.desk.page.locator('[data-test=box-query]:focus').waitFor();
    await this.type(query);
    await this.desk.page.locator('[role=option][aria-selected=true]').waitFor();
    await this.press(keys);
    await this.desk.test('call-box').waitFor({ state: 'detached' });
  }

  /** The form takes the focus when it is due: a digit chooses, Ctrl+Enter saves. */
  async writeUp(digit = '1') {
    await this.phase('wrap_up');
    await this.desk.page.locator('#wrap-title:focus').waitFor();
    await this.press(digit);
    await this.desk.page.locator('[data-test^=disposition-][aria-pressed=true]').waitFor();
    await this.tabTo('notes');
    await this.type('按键 keys');
    await this.press('Control+Enter');
    await this.phase('idle');
  }
}

async function sit(language, browser, enter) {
  const desk = await browser.person({ locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
  await desk.page.addInitScript((chosen) => localStorage.setItem('carillon.language', chosen), language);
  await enter(desk);
  await desk.page.locator(`html[lang=${language === 'zh' ? 'zh-CN' : 'en'}]`).waitFor();
  await desk.page.locator('[data-test=start-shift]:focus').waitFor();
  await desk.press('Enter');
  await desk.page.locator('[data-test=phone][data-state=registered]').waitFor();
  await desk.test('idle').waitFor();
  return new Hands(desk);
}

for (const language of LANGUAGES) {
  test(`an hour by keyboard alone: ${language}`, { timeout: 180_000 }, async () => {
    const [ours, theirs] = browsers;
    const lin = await sit(language, ours, (desk) => desk.signIn(carillon.http, 'lin'));
    const emma = await sit(language, theirs, (desk) => desk.signIn(carillon.http, 'emma-clarke'));
    const says = (en, zh) => (language === 'zh' ? zh : en);

    // The sheet names every key, and goes by Esc. With nobody on the line the keys of calls say so.
    await lin.press('?');
    await lin.desk.page.getByRole('dialog').getByText('F9').first().waitFor();
    await lin.press('Escape');
    await lin.desk.page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const keys of ['F2', 'Shift+F2', 'F4', 'F7', 'F8', 'Shift+F7', 'Shift+F8', 'Shift+F9', 'F6']) await lin.press(keys);
    await lin.told(says(/There is no call/, /当前没有通话/));

    // Calls out on behalf of a queue, which wants it written up; hold, mute, and back.
    await lin.tabTo('dial-field');
    await lin.type(NUMBER);
    await lin.tabTo('dial-queue');
    await lin.press('ArrowDown', 'Shift+Tab', 'Shift+Tab');
    await lin.desk.page.locator('[data-test=dial-field]:focus').waitFor();
    await lin.press('Enter');
    await lin.phase('talking');
    await eventually('the customer is there', () => customer.up);
    await lin.press('F8');
    await lin.phase('held');
    await lin.press('F8');
    await lin.phase('talking');
    await lin.desk.page.locator('[data-test=call-mute][aria-disabled=false]').waitFor();
    await lin.press('F4');
    await lin.desk.page.locator('[data-test=call-mute][aria-pressed=true]').waitFor();
    await lin.press('F4');
    await lin.desk.page.locator('[data-test=call-mute][aria-pressed=false]').waitFor();

    // Asks, goes to and fro, lets the colleague go.
    await lin.choose('emma', 'Enter');
    await lin.others('ringing');
    await emma.pick();
    await lin.others('consulted');
    await lin.press('F7');
    await lin.others('waiting');
    await lin.press('F7');
    await lin.others('consulted');
    await lin.press('Shift+F7');
    await lin.desk.test('others').waitFor({ state: 'detached' });
    await emma.phase('idle');
    await lin.press('F8');
    await lin.phase('talking');

    // Asks again, all together, and hands over.
    await lin.choose('emma', 'Enter');
    await emma.pick();
    await lin.others('consulted');
    await lin.press('Shift+F8');
    await lin.others('joined');
    await lin.press('Shift+F9');
    await lin.writeUp('1');
    await emma.desk.page.locator('[data-test=part]').waitFor({ state: 'detached' });
    await emma.phase('talking');

    // Sent back without a word but with a note, which the other reads before the answer.
    await emma.press('F9');
    await emma.desk.page.locator('[data-test=box-query]:focus').waitFor();
    await emma.type('lin yue');
    await emma.desk.page.locator('[role=option][aria-selected=true]').waitFor();
    await emma.tabTo('box-note');
    await emma.type('wants an invoice 发票');
    await emma.press('Shift+Enter');
    await lin.phase('ringing');
    assert.equal(await lin.desk.test('handed-note').textContent(), 'wants an invoice 发票');
    assert.deepEqual(await lin.desk.violations(), []);
    await lin.pick();
    await emma.writeUp('2');
    await lin.press('Shift+F2');
    await lin.writeUp('3');
    await eventually('the customer hears the end', () => !customer.up);

    const row = await eventually('the outcome', async () => ((await last()).outcome ? last() : null));
    const kinds = row.events.map(({ kind }) => kind);
    for (const kind of ['call.dialled', 'call.consulted', 'call.merged', 'call.transferred']) assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);

    // The last number once more, from the pad: the first Enter shows it, the second calls. And by the box, for no queue.
    await lin.tabTo('dial-field');
    await lin.press('Enter');
    await lin.desk.test('dial-recognised').getByText(says(/China/, /中国/)).waitFor();
    await lin.press('Enter');
    await lin.phase('talking');
    await lin.press('Shift+F2');
    await lin.writeUp('1');
    await lin.choose(NUMBER, 'Enter');
    await lin.phase('talking');
    await lin.press('Shift+F2');
    await lin.phase('idle');
    for (const { desk } of [lin, emma]) {
      assert.deepEqual(desk.errors, []);
      await desk.page.context().close();
    }
  });
}

test('a number of a tel: link stands in the field, is not called by itself, and Enter calls', async () => {
  const desk = await browsers[0].person();
  await desk.signIn(carillon.http, 'lin');
  await desk.test('start-shift').click();
  await desk.ready();
  const before = customer.called.length;
  await desk.page.goto(`${carillon.http}/?dial=${encodeURIComponent('tel:+86-138-0013-8055;ext=1')}`);
  await desk.page.locator('[data-test=dial-field]:focus').waitFor();
  assert.equal(await desk.test('dial-field').inputValue(), '+86-138-0013-8055');
  assert.equal(new URL(desk.page.url()).search, '', 'a reload does not bring it again');
  await desk.ready();
  assert.equal(customer.called.length, before);
  await desk.test('dial-field').focus();
  await desk.press('Enter');
  await desk.phase('talking');
  assert.equal(customer.called.at(-1), '+8613800138055');
  await desk.press('Shift+F2');
  await desk.phase('idle');
  await desk.test('me').click();
  await desk.page.evaluate(() => {
    window.asked = [];
    navigator.registerProtocolHandler = (...of) => window.asked.push(of);
  });
  await desk.test('tel-links').click();
  assert.deepEqual(await desk.page.evaluate(() => window.asked), [['tel', `${carillon.http}/?dial=%s`]]);
  assert.deepEqual(desk.errors, []);
  await desk.page.context().close();
});
