/** A day of service without a mouse, in both languages: call, script, knowledge, complaint, appointment, solved, closed; a kind that grows meanwhile. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call } from './caller.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser;
const callers = [];

const rest = async (path, { token = carillon.tokens.admin, method = 'GET', body } = {}) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${carillon.http}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
};

/** Made, and led to where it is used. */
async function ready(kind, step, fields) {
  const { id, version } = await rest(`/records/${kind}`, { method: 'POST', body: { fields } });
  await rest(`/records/${kind}/${id}/steps/${step}`, { method: 'POST', body: { version, fields: {} } });
  return id;
}

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
});

after(async () => {
  for (const caller of callers) caller.close();
  await browser?.close();
  await carillon?.stop();
});

/** By Tab alone: what cannot be reached so is not there. */
async function reach(person, selector) {
  await person.page.locator(selector).first().waitFor();
  const there = () => person.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
  for (let tries = 0; tries < 250; tries += 1) {
    if (await there()) return;
    await person.press('Tab');
  }
  assert.fail(`not reached by Tab: ${selector}`);
}

async function go(person, selector, key = 'Enter') {
  await reach(person, selector);
  await person.press(key);
}

/** Of a menu or a select. */
async function down(person, times) {
  for (let i = 0; i < times; i += 1) await person.press('ArrowDown');
}

/** By arrows alone, in a menu. */
async function reachDown(person, selector) {
  for (let tries = 0; tries < 30; tries += 1) {
    if (await person.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await person.press('ArrowDown');
  }
  assert.fail(`not reached by arrows: ${selector}`);
}

const DAYS = [
  { language: 'en', subject: 'Necklace came broken', question: 'What do we do about a broken delivery?', search: 'broken', since: 'since Monday', booked: 'Look at the necklace', solution: 'A new one was sent' },
  { language: 'zh', subject: '项链送达时已损坏', question: '收到破损商品怎么办？', search: '破损', since: '从周一开始', booked: '到店查看项链', solution: '已补发新品' },
];
const PHONE = '+8613900000081';
let desk, customer, letter;

test('the shift begins, and what is read during calls is there', async () => {
  [customer] = (await rest('/customers?q=a&limit=1')).items;
  await carillon.supervise(`/customers/${customer.id}`, { contact_points: [{ kind: 'phone', value: PHONE, label: '' }] }, 'PATCH');
  const steps = [
    { key: 'urgent', say: 'Must it be today? 今天必须解决吗？', answer: 'priority', choices: 'urgent -> since, low -> since' },
    { key: 'since', say: 'Since when? 从何时开始？', answer: 'since', choices: '' },
  ];
  await ready('script', 'release', { subject: 'Complaint', purpose: 'complaint', queue: 'sales', language: 'en', greeting: 'Hello {customer.name}', owner: 'meng', steps });
  letter = await ready('template', 'release', { label: 'Sorry', channel: 'mail', language: 'en', body: 'Dear {customer.name}, sorry. {agent.name}', owner: 'meng' });
  desk = await browser.person({ viewport: { width: 1366, height: 768 }, permissions: ['microphone', 'notifications', 'clipboard-read', 'clipboard-write'] });
  desk.page.setDefaultTimeout(20_000);
  await desk.signIn(carillon.http, 'lin');
  await go(desk, '[data-test=start-shift]');
  await desk.page.locator('[data-test=phone][data-state=registered]').waitFor();
});

for (const { language, subject, question, search, since, booked, solution } of DAYS) {
  test(`a complaint from the first word to the last, by keys alone (${language})`, { timeout: 240_000 }, async () => {
    const article = await ready('article', 'publish', { question, answer: 'Say sorry first. 先道歉，{customer.name}。', category: 'delivery', audience: 'agents', language, owner: 'meng', review: '2027-06-01' });
    if (!(await desk.page.evaluate((wanted) => document.documentElement.lang.startsWith(wanted), language))) await go(desk, '[data-test=language]');
    await desk.page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), language);
    callers.push(await call({ sip: carillon.sip, number: carillon.numbers.queue, from: PHONE }));
    await desk.phase('ringing');
    await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
    await desk.press('F2');
    await desk.phase('talking');

    // The script of the queue opens by itself, and goes where the answers lead.
    await go(desk, '[data-test=script-answer-0]', '1');
    await desk.page.locator('[data-test=script-said]:focus').waitFor();
    assert.deepEqual(await desk.violations(), []);
    await desk.page.keyboard.insertText(since);
    await desk.press('Enter');
    await desk.test('script-end').waitFor();

    await desk.press('F3');
    await desk.page.locator('[data-test=article-search]:focus').waitFor();
    await desk.page.keyboard.insertText(search);
    await go(desk, `[data-test=article-open-${article}]`);
    await go(desk, '[data-test=article-helped]');
    await desk.test('article-helped').waitFor({ state: 'detached' });
    assert.equal((await rest(`/records/article/${article}`)).fields.helped, '1');
    assert.deepEqual(await desk.violations(), []);

    await desk.press('F3');
    await reach(desk, '[data-test=template-which]');
    await desk.page.keyboard.type('Sorry');
    await desk.page.locator('[data-test=template-text]', { hasText: `${customer.name}, sorry` }).waitFor();
    await go(desk, '[data-test=template-copy]:enabled');
    const { number } = await rest(`/records/template/${letter}`);
    await eventually('the notes of the contact say so', async () => (await desk.test('notes').inputValue()).includes(number));
    assert.match(await desk.page.evaluate(() => navigator.clipboard.readText()), new RegExp(`${customer.name}, sorry`));

    // Two keys and a subject: a ticket that knows the call, the customer, the answers and the article.
    await desk.press('F10');
    await desk.page.locator('[data-test=make-dialog] [data-test=field-subject]:focus').waitFor();
    await desk.page.keyboard.insertText(subject);
    await reach(desk, '[data-test=make-dialog] [data-test=field-type]');
    await down(desk, 2);
    assert.deepEqual(await desk.violations(), []);
    await desk.press('Control+Enter');
    await desk.test('make-dialog').waitFor({ state: 'detached' });
    const line = desk.page.locator('[data-test^=of-customer-ticket-]').filter({ hasText: subject });
    await line.waitFor();
    const id = Number(/(\d+)$/.exec(await line.getAttribute('data-test'))[1]);
    const made = await rest(`/records/ticket/${id}`);
    assert.deepEqual([made.customer.id, made.fields.type, made.fields.priority, made.fields.article.id], [customer.id, 'complaint', 'urgent', article]);
    assert.ok(made.interaction && Date.parse(made.fields.due) > Date.now(), 'it knows its contact and when it is due');
    await eventually('the answers stand in its history', async () => (await rest(`/records/ticket/${id}/comments`)).items.some(({ text }) => text.includes(since)));

    // An hour of the calendar is booked for whoever is on the line.
    await go(desk, 'a[href="#/records"]');
    await go(desk, '[data-test=kind-appointment]');
    await go(desk, '[data-test=show-calendar]');
    await reach(desk, '[data-test=calendar-span]');
    await down(desk, 2);
    await desk.test('calendar-day').waitFor();
    assert.deepEqual(await desk.violations(), []);
    await go(desk, '[data-test^="book-10-"]');
    await desk.page.locator('[data-test=field-subject]:focus').waitFor();
    await desk.page.keyboard.insertText(booked);
    await desk.press('Control+Enter');
    await desk.test('record-title').waitFor();
    const visit = Number(/appointment\/(\d+)/.exec(desk.page.url())[1]);
    const kept = await rest(`/records/appointment/${visit}`);
    assert.deepEqual([kept.customer.id, kept.fields.owner.id, new Date(kept.fields.start).getHours(), kept.interaction], [customer.id, 'lin', 10, made.interaction]);
    await go(desk, '[data-test=record-back]');
    await reach(desk, `[data-entry="${visit}"]`);
    await desk.press('Control+ArrowDown');
    await eventually('half an hour later', async () => Date.parse((await rest(`/records/appointment/${visit}`)).fields.start) - Date.parse(kept.fields.start) === 1_800_000);

    // The ticket through its life.
    await go(desk, 'a[href="#/"]');
    await go(desk, `[data-test=of-customer-ticket-${id}] a`);
    await desk.test('record-title').waitFor();
    const state = (key) => desk.page.locator(`[data-test=record] [data-test=state][data-state=${key}]`).waitFor();
    await go(desk, '[data-test=step-take]');
    await reach(desk, '[data-test=step-form] [data-test=field-owner]');
    await desk.page.keyboard.insertText('林');
    await desk.page.locator('[data-test=step-form] [role=option]').first().waitFor();
    await desk.press('Enter');
    await desk.press('Control+Enter');
    await state('working');
    await go(desk, '[data-test=step-solve]');
    await reach(desk, '[data-test=step-form] [data-test=field-cause]');
    await down(desk, 3);
    await reach(desk, '[data-test=step-form] [data-test=field-solution]');
    await desk.page.keyboard.insertText(solution);
    await desk.press('Control+Enter');
    await state('solved');
    await go(desk, '[data-test=step-close]');
    await reach(desk, '[data-test=step-form] [data-test=field-verification]');
    await down(desk, 1);
    await desk.press('Control+Enter');
    await state('closed');
    assert.deepEqual(await desk.violations(), []);

    await desk.press('Shift+F2');
    await go(desk, 'a[href="#/"]');
    await desk.phase('wrap_up');
    await reach(desk, '[data-test=disposition-advice]');
    await desk.press('Enter');
    await desk.press('Control+Enter');
    await desk.page.locator('[data-test=call-bar][data-phase=idle]').waitFor();
    assert.deepEqual(desk.errors, []);
  });
}

test('a kind grows under the hands of an agent: a field, another name, a place on the form, a state', { timeout: 240_000 }, async () => {
  const { id } = await rest('/records/ticket', { method: 'POST', body: { fields: { subject: 'Clasp is loose', type: 'fault', priority: 'low' } } });
  const admin = await browser.person({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' });
  admin.page.setDefaultTimeout(20_000);
  await desk.page.goto(`${carillon.http}/#/records/ticket/${id}`);
  await desk.test('record-title').waitFor();
  await desk.page.evaluate(() => (window.kept = true));
  await admin.signIn(carillon.http, 'admin');
  await admin.page.goto(`${carillon.http}/#/kinds/ticket`);
  await admin.test('kind-field-subject').waitFor();

  await go(admin, '[data-test=new-field]');
  await reach(admin, '[data-test=add-field-en]');
  await admin.page.keyboard.insertText('Wrist size');
  await reach(admin, '[data-test=add-field-zh]');
  await admin.page.keyboard.insertText('腕围');
  await admin.press('Control+Enter');
  // It is drawn before it is published.
  await go(admin, '[data-test=change-field-wrist_size]');
  await reach(admin, '[data-test=edit-field-en]');
  await admin.press('Control+a');
  await admin.page.keyboard.insertText('Size of the wrist');
  await admin.press('Control+Enter');
  await go(admin, '[data-test=kind-look-form]');
  await reach(admin, '[data-test=layout-description]');
  assert.deepEqual(await admin.violations(), []);
  await admin.press('Control+ArrowUp');
  await admin.page.locator('[data-test=layout-description]:focus').waitFor();
  await go(admin, '[data-test=kind-publish]:enabled');
  await desk.test('field-wrist_size').waitFor();
  const kind = await rest('/kinds/ticket');
  assert.equal(kind.fields.find(({ key }) => key === 'wrist_size').name.en, 'Size of the wrist');
  assert.deepEqual(kind.form.sections[0].fields.slice(0, 4), ['subject', 'type', 'description', 'priority']);

  await go(admin, '[data-test=kind-look-life]');
  await go(admin, '[data-test=new-state]');
  await reach(admin, '[data-test=add-state-en]');
  await admin.page.keyboard.insertText('Parts ordered');
  await reach(admin, '[data-test=add-state-zh]');
  await admin.page.keyboard.insertText('等待配件');
  await go(admin, '[data-test=add-state-from-open]', 'Space');
  await admin.press('Control+Enter');
  await admin.test('change-state-parts_ordered').waitFor();
  assert.deepEqual(await admin.violations(), []);
  await go(admin, '[data-test=kind-publish]:enabled');
  await go(desk, '[data-test=record-more]');
  await desk.test('step-to_parts_ordered').waitFor();
  assert.equal(await desk.page.evaluate(() => window.kept), true, 'nothing was loaded again');
  await reachDown(desk, '[data-test=step-to_parts_ordered]');
  await desk.press('Enter');
  await desk.page.locator('[data-test=record] [data-test=state][data-state=parts_ordered]').waitFor();

  assert.deepEqual([...desk.errors, ...admin.errors], []);
});
