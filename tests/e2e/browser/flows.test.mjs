/** The shipped hotline built from nothing by keys alone; mistakes on the step that has them; tried, published, taken back. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, admin;

const rest = async (path, { method = 'GET', body, headers } = {}) => {
  const own = { authorization: `Bearer ${carillon.tokens.admin}`, 'content-type': 'application/json', ...headers };
  const response = await fetch(`${carillon.http}/api/v1${path}`, { method, headers: own, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
};

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  admin = await browser.person({ viewport: { width: 1366, height: 900 } });
  admin.page.setDefaultTimeout(20_000);
  await admin.signIn(carillon.http, 'admin');
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

const focused = () => admin.page.evaluate(() => document.activeElement?.getAttribute('data-test'));

/** Tab until the focus is there: no mouse, no script. */
async function tabTo(name, most = 160) {
  for (let steps = 0; steps < most; steps += 1) {
    if ((await focused()) === name) return;
    await admin.press('Tab');
  }
  throw new Error(`${name} is not within ${most} steps of Tab; the focus is at ${await focused()}`);
}

async function type(name, text) {
  await tabTo(name);
  await admin.press('Control+A');
  await admin.page.keyboard.type(String(text));
}

async function choose(name, value) {
  await tabTo(name);
  const down = await admin.page.evaluate((wanted) => [...document.activeElement.options].findIndex((option) => option.value === wanted), value);
  assert.ok(down >= 0, `${name} has no ${value}`);
  await admin.press('Home');
  for (let step = 0; step < down; step += 1) await admin.press('ArrowDown');
}

async function press(name) {
  await tabTo(name);
  await admin.press('Enter');
}

async function pairs(place, table) {
  for (const [nth, [name, value]] of Object.entries(table ?? {}).entries()) {
    await press(`${place}-more`);
    await type(`${place}-name-${nth}`, name);
    await type(`${place}-value-${nth}`, value);
  }
}

/** Writes what a field of the shipped flow says, by the form that the server tells of it. */
const WRITE = {
  step: type,
  text: type,
  name: type,
  template: type,
  span: type,
  whole: type,
  queue: choose,
  digit: choose,
  async flag(place, value) {
    await tabTo(place);
    if (value) await admin.press('Space');
  },
  async prompts(place, value) {
    for (const [nth, prompt] of [value].flat().entries()) {
      await press(`${place}-more`);
      if (typeof prompt === 'string') await type(`${place}-${nth}`, prompt);
      else {
        const [[kind, inner]] = Object.entries(prompt);
        await choose(`${place}-kind-${nth}`, kind);
        await type(`${place}-${nth}`, inner);
      }
    }
  },
  async choices(place, value) {
    for (const [digit, way] of Object.entries(value)) {
      await press(`${place}-more`);
      const added = (await admin.page.locator(`[data-test^="${place}-"][data-test$="-digit"]`).evaluateAll((all) => all.map((one) => one.value))).at(-1);
      if (added !== digit) await choose(`${place}-${added}-digit`, digit);
      await type(`${place}-${digit}-label`, way.label);
      await type(`${place}-${digit}-next`, way.next);
      await pairs(`${place}-${digit}-set`, way.set);
    }
  },
  async cases(place, value) {
    for (const [nth, one] of value.entries()) {
      await press(`${place}-more`);
      await type(`${place}-${nth}-when`, one.when);
      await type(`${place}-${nth}-next`, one.next);
      await pairs(`${place}-${nth}-set`, one.set);
    }
  },
};

/** Values of variables are texts, however they are written. */
const plain = (drawing) =>
  JSON.parse(JSON.stringify(drawing), (key, value) => (key === 'set' ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)])) : value));

test('the shipped hotline is built from nothing by keys, and is the same when it is checked', { timeout: 400_000 }, async () => {
  const [{ look: shipped }, forms] = [await rest('/center/flows/hotline'), await rest('/center/flow-forms')];
  assert.deepEqual(shipped.findings, []);
  await admin.page.goto(`${carillon.http}/#/setup/flow/~new`);
  await admin.test('flow-new-form').waitFor();
  await type('flow-title', 'Customer hotline');
  await type('flow-key', 'mine');
  await admin.press('Control+Enter');
  await admin.test('flow-head').waitFor();
  await choose('flow-head-language', shipped.drawing.head.language);
  await type('flow-head-zone', shipped.drawing.head.zone);
  for (const [nth, hours] of shipped.drawing.hours.entries()) {
    await press('hours-more');
    await type(`hours-${nth}-name`, hours.key);
    await type(`flow-hours-${nth}-open`, hours.fields.open.join('\n'));
  }
  for (const [nth, { key, fields }] of shipped.drawing.steps.entries()) {
    if (nth > 0) {
      await admin.press('Escape');
      await eventually('the focus is among the steps', async () => ((await focused()) ?? '').startsWith('step-'));
    }
    await choose('step-new-do', fields.do);
    await type('step-new', key);
    await admin.press('Enter');
    await eventually(`${key} is open`, async () => (await focused()) === 'step-name' && (await admin.test('step-name').inputValue()) === key);
    for (const { key: field, form } of forms.steps.find(({ kind }) => kind === fields.do).keys) {
      if (field !== 'do' && fields[field] !== undefined) await WRITE[form](`flow-${field}`, fields[field]);
    }
  }
  const built = await eventually('it is kept and right', async () => {
    const { look } = await rest('/center/flows/mine');
    return look.drawing.steps.length === shipped.drawing.steps.length && look.findings.length === 0 && look;
  }, 20_000);
  assert.deepEqual(plain(built.drawing), plain(shipped.drawing));
  await admin.test('flow-kept').getByText('draft saved').waitFor();
  assert.deepEqual(await admin.violations(), []);
});

test('a mistake stands on its step, as list and as picture, and its words come from what the server says', async () => {
  await admin.test('step-sales').click();
  await admin.test('flow-queue').selectOption('');
  await admin.test('step-sales').getByText('Mistakes: 1').waitFor();
  await admin.test('flow-findings').getByText('“queue” is missing.').waitFor();
  assert.equal(await admin.test('flow-publish').isDisabled(), true);
  await admin.test('flow-on_full').fill('nowher');
  await admin.test('flow-findings').getByText('No step is named “nowher”.').waitFor();
  assert.deepEqual(await admin.violations(), []);
  await admin.test('view-graph').click();
  await admin.test('node-sales').getByText('“queue” is missing.').waitFor();
  assert.equal(await admin.page.locator('[data-test^=node-].wrong').count(), 1);
  assert.deepEqual(await admin.violations(), []);
  await admin.test('flow-on_full').fill('line-full');
  await admin.test('flow-queue').selectOption('sales');
  await admin.test('flow-count').getByText('No mistakes').waitFor();
  await admin.test('view-outline').click();
});

test('a caller who is not there hears what real ones would', async () => {
  const told = async () => (await admin.test('told').locator('li').allTextContents()).join('\n');
  await admin.test('try-digits').fill('2,');
  await admin.test('try-call').click();
  await eventually('the menu is heard', async () => (await admin.test('told').count()) > 0);
  assert.match(await told(), /Presses 2\./);
  await admin.test('try-known').check();
  await admin.test('try-tier').fill('vip');
  await admin.test('try-spoken').selectOption('en');
  await admin.test('try-call').click();
  await eventually('a VIP skips every menu', async () => /In line for vip: a talk/.test(await told()) && !/Presses/.test(await told()));
  assert.deepEqual(await admin.violations(), []);
});

test('published it leads calls, has versions, and goes back', async () => {
  await admin.test('flow-publish').click();
  await admin.test('flow-history').waitFor();
  assert.deepEqual((await rest('/center/flows/mine')).draft, null);
  const [first] = (await rest('/center/objects/flow/mine/history')).items;
  await admin.test('step-welcome').click();
  await admin.test('flow-barge_in').uncheck();
  await admin.test('flow-diff').getByText('− barge_in = true').waitFor();
  await admin.test('flow-kept').getByText('draft saved').waitFor();
  await admin.test('flow-publish').click();
  await admin.test(`flow-back-${first.version}`).click();
  await admin.test('confirm-yes').click();
  await eventually('as before', async () => (await rest('/center/flows/mine')).published.includes('barge_in = true'));
  const numbers = await rest('/center/forms');
  assert.ok(numbers.flows.includes('mine'), 'a number can lead to it');
  assert.deepEqual(admin.errors, []);
});

test('of two who draw the same flow nobody loses anything unasked', async () => {
  await admin.page.goto(`${carillon.http}/#/setup/flow/queue`);
  await admin.test('flow-outline').waitFor();
  const { published } = await rest('/center/flows/queue');
  await rest('/center/flows/queue/draft', { method: 'PUT', body: { text: `# Theirs.\n${published}`, base: 0 }, headers: { 'if-match': '"0"' } });
  await admin.test('step-sales').click();
  await admin.test('flow-timeout').fill('3m');
  await admin.test('flow-overtaken').waitFor();
  assert.deepEqual(await admin.violations(), []);
  await admin.test('flow-mine').click();
  await eventually('mine is kept', async () => (await rest('/center/flows/queue')).draft.text.includes('timeout = "3m"'));
});
