/** Records in a browser against the real server: made on a customer's page, led through their life, found; their kind changed meanwhile. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, agent, admin, customer, ticket;

const rest = async (path, { token = carillon.tokens.admin, method = 'GET', body } = {}) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${carillon.http}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
};

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  agent = await browser.person();
  admin = await browser.person({ viewport: { width: 1366, height: 768 } });
  for (const { page } of [agent, admin]) page.setDefaultTimeout(20_000);
  await agent.signIn(carillon.http, 'lin');
  await admin.signIn(carillon.http, 'admin');
  [customer] = (await rest('/customers?q=a&limit=1')).items;
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

const go = (person, page) => person.page.goto(`${carillon.http}/#/${page}`);
const state = (key) => agent.page.locator(`[data-test=record] [data-test=state][data-state=${key}]`).waitFor();

test('an agent makes a ticket from the page of a customer, by keys', async () => {
  await go(agent, `customers/${customer.id}`);
  await agent.test('make-record').waitFor();
  await agent.press('F10');
  await agent.page.locator('[data-test=make-dialog] [data-test=field-subject]:focus').waitFor();
  // What is made most is offered first.
  assert.equal(await agent.test('make-kind').inputValue(), 'ticket');
  assert.deepEqual(await agent.violations(), []);
  await agent.press('Control+Enter');
  await agent.page.locator('[data-test=field-subject][aria-invalid=true]:focus').waitFor();
  await agent.page.keyboard.type('手表走时慢 Watch runs slow');
  await agent.press('Control+Enter');
  await agent.test('make-dialog').waitFor({ state: 'detached' });
  const line = agent.page.locator('[data-test^=of-customer-ticket-]').filter({ hasText: 'Watch runs slow' });
  await line.waitFor();
  await line.getByRole('link').click();
  await agent.test('record-title').waitFor();
  assert.match(await agent.test('record-customer').textContent(), new RegExp(customer.name.slice(0, 2)));
  ticket = Number(/ticket\/(\d+)/.exec(agent.page.url())[1]);
  await state('open');
  assert.deepEqual(await agent.violations(), []);
});

test('an administrator adds a field in the browser, and the agent sees it without loading, while writing', async () => {
  await agent.test('field-description').fill('Half said');
  await go(admin, 'kinds/ticket');
  await admin.test('kind-field-subject').waitFor();
  await admin.test('new-field').click();
  await admin.test('add-field-en').fill('Wrist size');
  await admin.test('add-field-zh').fill('腕围');
  await admin.test('add-field-type').selectOption('number');
  await admin.test('add-field-go').click();
  await admin.test('kind-changes').getByText('wrist_size').waitFor();
  assert.deepEqual(await admin.violations(), []);
  await admin.page.locator('[data-test=kind-publish]:enabled').click();
  await admin.test('kind-field-wrist_size').waitFor();
  await agent.test('field-wrist_size').waitFor();
  assert.equal(await agent.test('field-description').inputValue(), 'Half said', 'what was being written stays');
  await agent.test('field-wrist_size').fill('17.5');
  await agent.test('record-save').click();
  await agent.test('record-save').waitFor({ state: 'detached' });
  const { fields } = await rest(`/records/ticket/${ticket}`);
  assert.deepEqual([fields.description, fields.wrist_size], ['Half said', '17.5']);
});

test('a mistake in a definition has its line, and nothing is published', async () => {
  await admin.test('kind-look-source').click();
  const text = await admin.test('kind-source').inputValue();
  await admin.test('kind-source').evaluate((area) => {
    const at = area.value.indexOf('[field.subject]\n') + '[field.subject]\n'.length;
    area.focus();
    area.setSelectionRange(at, at);
  });
  await admin.page.keyboard.insertText('tpye = "text"\n');
  await admin.test('kind-problem').first().waitFor();
  assert.ok(await admin.test('kind-publish').isDisabled());
  await admin.test('kind-problem').first().click();
  await admin.page.locator('[data-test=kind-source]:focus').waitFor();
  const line = text.split('\n').indexOf('[field.subject]') + 2;
  assert.match(await admin.test('kind-problems').textContent(), new RegExp(String(line)));
  await admin.test('kind-discard').click();
  assert.equal(await admin.test('kind-source').inputValue(), text);
});

test('the ticket goes through its life, and each step asks for what it needs', async () => {
  await agent.test('step-take').click();
  await agent.test('step-form').waitFor();
  await agent.page.locator('[data-test=step-form] [data-test=field-owner]').fill('林');
  await agent.page.locator('[data-test=step-form] [role=option]').first().waitFor();
  await agent.press('Enter');
  await agent.test('step-go').click();
  await state('working');
  await agent.test('record-more').click();
  await agent.test('step-solve').click();
  await agent.test('step-form').waitFor();
  await agent.test('step-go').click();
  await agent.page.locator('[data-test=step-form] [aria-invalid=true]').first().waitFor();
  await agent.page.locator('[data-test=step-form] [data-test=field-cause]').selectOption('material');
  await agent.page.locator('[data-test=step-form] [data-test=field-solution]').fill('Oiled and adjusted');
  assert.deepEqual(await agent.violations(), []);
  await agent.test('step-go').click();
  await state('solved');
  await agent.test('step-close').click();
  await agent.page.locator('[data-test=step-form] [data-test=field-verification]').selectOption('satisfied');
  await agent.test('step-go').click();
  await state('closed');
  await agent.page.locator('ol[data-test=history]').getByText('Oiled and adjusted').waitFor();
});

test('of two who write at once nobody loses anything, and who changed what is said', async () => {
  await agent.test('field-subject').fill('Mine');
  const { version } = await rest(`/records/ticket/${ticket}`);
  await rest(`/records/ticket/${ticket}`, { method: 'PATCH', body: { version, fields: { subject: 'Theirs', priority: 'urgent' } } });
  await agent.test('record-overtaken').waitFor();
  assert.equal(await agent.test('field-subject').inputValue(), 'Mine');
  assert.equal(await agent.test('field-priority').inputValue(), 'urgent');
  await agent.page.getByText('Theirs').first().waitFor();
  await agent.test('record-save').click();
  await eventually('mine is saved', async () => (await rest(`/records/ticket/${ticket}`)).fields.subject === 'Mine');
});

test('it is found in the list, by words and by state, and the address says how one looks', async () => {
  await go(agent, 'records/ticket');
  await agent.test('records-search').fill('走时');
  await agent.page.waitForURL(/q=/);
  await agent.test('records-table').waitFor();
  await agent.test('records-search').fill('Mine');
  await agent.test(`open-${ticket}`).waitFor();
  await agent.test('filter-state').selectOption('closed');
  await agent.page.waitForURL(/state=closed/);
  await agent.test(`open-${ticket}`).waitFor();
  await agent.page.reload();
  await agent.test(`open-${ticket}`).waitFor();
  assert.equal(await agent.test('records-search').inputValue(), 'Mine');
  await agent.test('filter-state').selectOption('open');
  await agent.test(`open-${ticket}`).waitFor({ state: 'detached' });
  assert.deepEqual(await agent.violations(), []);
});

test('on the board it is moved by keys alone, and by nobody where no step leads', async () => {
  await go(agent, 'records/ticket?show=board&q=Mine');
  const card = agent.page.locator(`[data-test=board-closed] [data-card="${ticket}"]`);
  await card.waitFor();
  assert.deepEqual(await agent.violations(), []);
  await card.focus();
  await agent.press('Control+ArrowLeft');
  await agent.page.locator(`[data-test=board-open] [data-card="${ticket}"]:focus`).waitFor();
  assert.equal((await rest(`/records/ticket/${ticket}`)).state, 'open');
});

test('an appointment stands in the calendar on its day, and is moved to another by keys', async () => {
  const start = new Date(Date.now() + 3 * 60_000).toISOString();
  const made = await rest('/records/appointment', { method: 'POST', body: { customer: customer.id, fields: { subject: 'Fitting', type: 'shop', start } } });
  await go(agent, 'records/appointment?show=calendar&span=week');
  const entry = agent.page.locator(`[data-entry="${made.id}"]`);
  await entry.waitFor();
  assert.deepEqual(await agent.violations(), []);
  await entry.focus();
  await agent.press('Control+ArrowDown');
  await eventually('it is a week later', async () => {
    const moved = (await rest(`/records/appointment/${made.id}`)).fields.start;
    return Math.abs(Date.parse(moved) - Date.parse(start) - 7 * 86_400_000) < 2 * 3_600_000;
  });
  await agent.page.locator(`[data-entry="${made.id}"]`).waitFor();
});

test('a file is put beside a record, taken along and taken away; what runs is not taken', async () => {
  await go(agent, `records/ticket/${ticket}`);
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
  await agent.test('file-bring').setInputFiles({ name: '照片 photo.png', mimeType: 'image/png', buffer: png });
  const link = agent.page.getByRole('link', { name: '照片 photo.png' });
  await link.waitFor();
  const [taken] = await Promise.all([agent.page.waitForEvent('download'), link.click()]);
  assert.equal(taken.suggestedFilename(), '照片 photo.png');
  assert.deepEqual(await readFile(await taken.path()), png);
  assert.deepEqual(await agent.violations(), []);
  await agent.test('file-bring').setInputFiles({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') });
  await agent.page.getByText('page.html was not taken').waitFor();
  await agent.test('file-away').click();
  await agent.test('confirm-yes').click();
  await link.waitFor({ state: 'detached' });
  await agent.page.locator('ol[data-test=history]').getByText('File taken away').waitFor();
});

test('a way to look is kept under a name, and found again', async () => {
  await go(agent, 'records/ticket?state=closed&sort=-created');
  await agent.test('records-table').waitFor();
  await agent.test('views').click();
  await agent.test('view-keep').click();
  await agent.test('view-name').fill('Done 已关闭');
  assert.deepEqual(await agent.violations(), []);
  await agent.press('Enter');
  await agent.test('view-dialog').waitFor({ state: 'detached' });
  await agent.test('views').getByText('Done 已关闭').waitFor();
  await go(agent, 'records/ticket');
  await agent.test('views').getByText('Views').waitFor();
  await agent.test('views').click();
  await agent.page.getByRole('menuitem', { name: 'Done 已关闭' }).click();
  await agent.page.waitForURL(/state=closed&sort=-created/);
  await agent.test('views').click();
  await agent.test('view-forget').click();
  await agent.test('confirm-yes').click();
  await eventually('it is forgotten', async () => (await rest('/records/ticket/views', { token: carillon.tokens.agent })).items.length === 0);
});

test('two tickets that are one become one, and two again', async () => {
  const make = (subject, more = {}) => rest('/records/ticket', { method: 'POST', body: { customer: customer.id, fields: { subject, ...more } } });
  const [one, other] = [await make('Clasp is loose'), await make('Clasp loose again', { description: 'Since Monday' })];
  await go(agent, `records/ticket/${one.id}`);
  await agent.test('record-more').click();
  await agent.test('record-join').click();
  await agent.test('join-other').fill('again');
  await agent.test(`join-other-${other.id}`).waitFor();
  await agent.press('Enter');
  assert.deepEqual(await agent.violations(), []);
  await agent.test('join-go').click();
  await agent.test('join').waitFor({ state: 'detached' });
  await eventually('it has what it lacked', async () => (await agent.test('field-description').inputValue()) === 'Since Monday');
  await assert.rejects(rest(`/records/ticket/${other.id}`), /404/);
  await agent.test('undo').click();
  await eventually('the other one is there again', async () => rest(`/records/ticket/${other.id}`).then(() => true, () => false));
  await eventually('and the one is as it was', async () => (await agent.test('field-description').inputValue()) === '');
  for (const { id } of [one, other]) await rest(`/records/ticket/${id}`, { method: 'DELETE' }).catch(() => null);
});

test('the kind goes back to its first version, and nothing that was filled in is lost', async () => {
  await go(agent, `records/ticket/${ticket}`);
  await agent.test('field-wrist_size').waitFor();
  await admin.page.locator('[data-test=kind-back-1]').click();
  await admin.test('confirm-yes').click();
  await agent.test('field-wrist_size').waitFor({ state: 'detached' });
  await eventually('the third version', async () => (await rest('/kinds/ticket')).version === 3);
  const { source } = await rest('/kinds/ticket/source');
  assert.doesNotMatch(source, /wrist_size/);
  assert.deepEqual([...agent.errors, ...admin.errors], []);
});
