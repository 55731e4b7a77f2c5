/** The work beside the calls, in a browser against the real server: customers, rules, tokens, the past; every page for everybody. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { sippCall } from './sipp.mjs';

let carillon, browser, office;
const callers = [];

async function dial(options) {
  const caller = await sippCall({ sip: carillon.sip, number: carillon.numbers.queue, ...options });
  callers.push(caller);
  return caller;
}

const rest = (path, { token = carillon.tokens.admin, ...more } = {}) =>
  fetch(`${carillon.http}/api/v1${path}`, {
    ...more,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more.headers },
  });
const json = async (path, more) => (await rest(path, more)).json();

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  office = await browser.person({ viewport: { width: 1366, height: 768 }, permissions: ['clipboard-read', 'clipboard-write'] });
  await office.signIn(carillon.http, 'admin');
});

after(async () => {
  // Also of a test that failed: an open caller would keep this process for ever.
  for (const caller of callers) await caller.close();
  await browser?.close();
  await carillon?.stop();
});

const go = async (page, test_) => {
  await office.page.goto(`${carillon.http}/#/${page}`);
  await office.test(test_).waitFor();
};

test('a customer is made and edited; what cannot be taken stands beside its field', async () => {
  await go('customers', 'customers');
  await office.test('new-customer').click();
  await office.page.locator('[data-test=new-name]:focus').waitFor();
  await office.page.keyboard.type('Camille Laurent');
  await office.test('new-phone').fill('12');
  await office.test('create').click();
  const phone = office.page.locator('[data-test=new-phone][aria-invalid=true]');
  await phone.waitFor();
  const about = await phone.getAttribute('aria-describedby');
  assert.match(await office.page.locator(`[id="${about}"]`).textContent(), /telephone number/);
  await phone.fill('+33 1 42 68 53 00');
  await office.page.keyboard.press('Enter');
  await office.test('record-name').waitFor();

  await office.test('edit').click();
  await office.page.locator('[data-test=edit-name]:focus').waitFor();
  await office.test('edit-tier').selectOption('gold');
  await office.test('edit-tags').fill('bridal， engraving');
  await office.test('edit-notes').fill('Prefers mornings');
  await office.test('edit-add-email').click();
  await office.page.locator('[data-test=edit-email]:focus').waitFor();
  await office.page.keyboard.type('camille@example.fr');
  await office.press('Control+Enter');
  await office.test('record-name').waitFor();
  const id = Number(new URL(office.page.url()).hash.split('/').at(-1));
  const card = await json(`/customers/${id}`);
  assert.deepEqual([card.tier, card.tags, card.notes], ['gold', ['bridal', 'engraving'], 'Prefers mornings']);
  assert.deepEqual(card.contact_points.map(({ value }) => value), ['+33142685300', 'camille@example.fr']);
});

test('of two who edit the same customer nobody loses what they wrote', async () => {
  const { id, version } = await json('/customers', { method: 'POST', body: JSON.stringify({ name: '欧阳明珠', tier: 'silver' }) });
  await go(`customers/${id}`, 'record-name');
  await office.test('edit').click();
  await office.test('edit-notes').fill('Mine');
  const theirs = { name: '欧阳明珠', tier: 'platinum', notes: 'Theirs' };
  const put = await rest(`/customers/${id}`, { method: 'PUT', headers: { 'if-match': `"${version}"` }, body: JSON.stringify(theirs) });
  assert.equal(put.status, 200);
  await office.test('edit-save').click();
  await office.test('edit-changed').waitFor();
  assert.deepEqual([await office.test('edit-tier').inputValue(), await office.test('edit-notes').inputValue()], ['platinum', 'Mine']);
  assert.match(await office.test('edit-customer').textContent(), /Theirs/);
  // A reload in the middle loses nothing either.
  await office.page.reload();
  await office.test('edit-notes').waitFor();
  assert.equal(await office.test('edit-notes').inputValue(), 'Mine');
  await office.test('edit-save').click();
  await office.test('record-name').waitFor();
  const card = await json(`/customers/${id}`);
  assert.deepEqual([card.tier, card.notes, card.version], ['platinum', 'Mine', version + 2]);
});

test('a token is shown once, opens the API, and is revoked', async () => {
  await go('tokens', 'tokens');
  await office.test('token-name').fill('crm');
  await office.test('token-role').selectOption('supervisor');
  await office.test('token-life').selectOption('30');
  await office.test('token-create').click();
  const token = await office.test('token-text').inputValue();
  assert.match(token, /^carillon_/);
  assert.equal((await rest('/board', { token })).status, 200);
  assert.equal((await rest('/tokens', { token })).status, 403, 'no more than its role');
  await office.test('copy').click();
  assert.equal(await office.page.evaluate(() => navigator.clipboard.readText()), token);
  assert.deepEqual(await office.violations(), []);
  await office.test('token-done').click();
  assert.ok(!(await office.page.content()).includes(token), 'shown once');
  const [listed] = (await json('/tokens')).items.filter(({ name }) => name === 'crm');
  assert.ok(Math.abs(listed.expires / 1e6 - Date.now() / 1e3 - 30 * 86_400) < 120, `${listed.expires}`);
  await office.test('token-crm').getByRole('button').click();
  await office.test('confirm-yes').click();
  await eventually('the token is gone', async () => (await office.test('token-crm').count()) === 0);
  assert.equal((await rest('/board', { token })).status, 401);
});

test('the folded rules are changed, tried on the past, applied, and rolled back when asked', async () => {
  await go('rules/vip', 'rule-ring_s');
  const before = await json('/center/queues/vip');
  await office.test('more').locator('summary').click();
  await office.test('overflow-add').click();
  await office.test('overflow-0-when').selectOption('timeout');
  await office.test('overflow-0-to').selectOption('sales');
  await office.test('rule-announce_s').fill('20');
  await office.test('rule-recall_s').fill('90');
  await office.test('any-add').click();
  await office.test('changes').waitFor();
  await office.test('what-ask').click();
  await office.test('what-if').waitFor();
  assert.deepEqual(await office.violations(), []);
  if (await office.test('accept').count()) await office.test('accept').check();
  await office.page.locator('[data-test=apply]:not(:disabled)').click();
  const applied = await eventually('the new version', async () => {
    const now = await json('/center/queues/vip');
    return now.version > before.version ? now : null;
  });
  assert.equal(Object.keys(applied.rules.any_skill).length, 1);
  assert.deepEqual([applied.rules.overflow, applied.rules.announce_s, applied.rules.recall_s], [[{ when: 'timeout', to: 'sales' }], 20, 90]);

  await office.test(`restore-${before.version}`).click();
  await office.test('roll-back').getByRole('list').first().waitFor();
  assert.equal((await json('/center/queues/vip')).version, applied.version, 'nothing happens before the question is answered');
  assert.deepEqual(await office.violations(), []);
  if (await office.test('back-accept').count()) await office.test('back-accept').check();
  await office.page.locator('[data-test=back-yes]:not(:disabled)').click();
  await eventually('the rules of before', async () => (await json('/center/queues/vip')).rules.overflow.length === 0);
});

test('who would get a call now, under the rules in the form', async () => {
  await go('rules/sales', 'rehearse');
  await office.test('rehearse').click();
  // Read at once: the answer goes when the rules or the people change.
  const shown = await office.test('rehearsal-outcome').textContent();
  const told = await json('/rehearsal', { method: 'POST', body: JSON.stringify({ queue: 'sales' }) });
  const expected = told.outcome === 'rings' ? /Rings|rings/ : told.outcome === 'waits' ? /Waits, in place/ : /Turned away/;
  assert.match(shown, expected, JSON.stringify(told));
  await office.test('rule-max_waiting').fill('7');
  await eventually('the old answer is gone', async () => (await office.test('rehearsal-outcome').count()) === 0);
  await office.test('rehearse').click();
  await office.test('rehearsal-outcome').waitFor();
  assert.deepEqual(await office.violations(), []);
});

test('going back to rules that warn shows the warnings and wants a yes', async () => {
  const sheet = await json('/center/queues/service');
  const patch = (body, version, query) =>
    rest(`/center/queues/service?${query}`, { method: 'PATCH', headers: { 'if-match': `"${version}"` }, body: JSON.stringify(body) });
  // A step that comes when nobody waits any more: the linter warns.
  const late = { max_wait_s: 60, relax: [{ after_ms: 90_000, min_level: 1 }] };
  const warned = await (await patch(late, sheet.version, 'accept_warnings=true')).json();
  assert.ok(warned.findings.some(({ severity }) => severity === 'warning'), JSON.stringify(warned));
  const back = await (await patch({ max_wait_s: sheet.rules.max_wait_s, relax: [] }, warned.version, 'accept_warnings=true')).json();
  assert.ok(back.applied);
  await go('rules/service', 'rule-ring_s');
  await office.test(`restore-${warned.version}`).click();
  await office.test('back-accept').waitFor();
  assert.ok(await office.test('back-yes').isDisabled(), 'not without a yes');
  assert.ok(await office.test('roll-back').getByText('Warning').count());
  await office.test('back-no').click();
  assert.equal((await json('/center/queues/service')).version, back.version);
});

test('a new queue is made on the page, and the linter says that nothing leads to it', async () => {
  await go('rules/vip', 'rule-ring_s');
  await office.test('new-queue').click();
  await office.page.locator('[data-test=new-queue-key]:focus').waitFor();
  await office.page.keyboard.type('vip');
  await office.test('new-queue-en').fill('Engraving');
  await office.page.getByText('exists already').waitFor();
  await office.test('new-queue-key').fill('engraving');
  await office.test('rule-ring_s').fill('17');
  await office.test('changes').waitFor();
  assert.equal((await rest('/center/queues/engraving')).status, 404, 'nothing is made before it is asked for');
  assert.deepEqual(await office.violations(), []);
  if (await office.test('accept').count()) await office.test('accept').check();
  await office.page.locator('[data-test=apply]:not(:disabled)').click();
  await office.test('finding-queue_without_door').waitFor();
  assert.equal(await office.test('rules-queue').inputValue(), 'engraving');
  const { rules } = await json('/center/queues/engraving');
  assert.deepEqual([rules.name, rules.ring_s], [{ en: 'Engraving' }, 17]);
});

test('the holidays of opening hours come from a calendar file, seen before they count', async () => {
  const { version } = await json('/center/queues/vip');
  const hours = '\n[hours.shop]\nname = { en = "Shop hours", zh = "门店时间" }\nweek = { mon = ["09:00-18:00"] }\n';
  const headers = { 'if-match': `"${version}"`, 'content-type': 'application/toml' };
  const file = (await (await rest('/center/file')).text()) + hours;
  const put = await rest('/center/file?accept_warnings=true', { method: 'PUT', headers, body: file });
  assert.equal(put.status, 200, await put.text());
  await go('rules/vip', 'rule-ring_s');
  const before = await json('/center/queues/vip');
  await office.test('holidays').locator('summary').click();
  const year = new Date().getFullYear() + 1;
  const days = (name, text) => ({ name, mimeType: 'text/calendar', buffer: Buffer.from(text) });
  await office.test('holidays-file').setInputFiles(days('wrong.ics', 'what'));
  await office.test('holidays').getByRole('alert').first().waitFor();
  const event = `BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:${year}0817\r\nSUMMARY:Stocktaking\r\nEND:VEVENT`;
  await office.test('holidays-file').setInputFiles(days('days.ics', `BEGIN:VCALENDAR\r\n${event}\r\nEND:VCALENDAR\r\n`));
  await office.test('holidays-plan').getByText(`${year}-08-17`).waitFor();
  assert.deepEqual(await office.violations(), []);
  assert.equal((await json('/center/queues/vip')).version, before.version, 'only shown so far');
  if (await office.test('holidays-accept').count()) await office.test('holidays-accept').check();
  await office.page.locator('[data-test=holidays-apply]:not(:disabled)').click();
  await eventually('the new version', async () => (await json('/center/queues/vip')).version > before.version);
  assert.match(await (await rest('/center/file')).text(), new RegExp(`${year}-08-17`));
});

test('the board of a past moment', async () => {
  await go('board', 'board');
  await office.test('look-back').click();
  await office.test('past').waitFor();
  await office.page.locator('[data-test=past-slider]').focus();
  await office.press('End');
  // The center has stood for less than the minute the slider ends with, or longer: both are told.
  await eventually('an answer', async () => {
    const told = await office.test('past').getByRole('status').textContent();
    return (await office.test('past-waiting').count()) === 1 || /Nothing is written/.test(told);
  });
  assert.deepEqual(await office.violations(), []);
  await office.test('look-back').click();
  await office.test('calls-active').waitFor();
});

test('the wall by one key: the queues alone, on the whole screen, and back by Esc', async () => {
  await go('board', 'board');
  await office.press('?');
  await office.page.getByRole('dialog').getByText('Wallboard on the whole screen').waitFor();
  await office.press('Escape');
  await office.page.getByPlaceholder('Find an agent').fill('w');
  assert.match(office.page.url(), /#\/board$/, 'a letter that is written is no key');
  await office.page.getByPlaceholder('Find an agent').fill('');
  await office.test('look-back').focus();
  await office.press('w');
  await office.test('wall').waitFor();
  const keys = (await json('/center')).queues.map(({ key }) => key);
  for (const key of keys) await office.test(`wall-${key}`).waitFor();
  assert.equal(await office.page.getByRole('navigation').count(), 0, 'nothing but the board');
  assert.ok(await office.page.evaluate(() => document.fullscreenElement !== null), 'on the whole screen');
  const caller = await dial({ from: '13800138003', endsAfterMs: 8_000 });
  await eventually('who waits is on the wall', async () => (await office.test('wall-waiting').textContent()) === '1', 20_000);
  await eventually('and gone from it', async () => (await office.test('wall-waiting').textContent()) === '0', 30_000);
  await caller.close();
  assert.deepEqual(await office.violations(), []);
  await office.press('Escape');
  await office.test('board').waitFor();
  assert.ok(await office.page.evaluate(() => document.fullscreenElement === null));
  await office.page.evaluate(() => localStorage.setItem('carillon.character-keys', 'off'));
  await office.test('look-back').focus();
  await office.press('w');
  assert.equal(await office.test('wall').count(), 0, 'single keys are switched off');
  await office.page.evaluate(() => localStorage.removeItem('carillon.character-keys'));
});

test('the statistics of a time, and the same as a file', async () => {
  const { agents, zone } = await json('/center');
  const [lin] = agents.filter(({ key }) => key === 'lin');
  const paused = await rest(`/agents/${lin.id}/presence`, { method: 'POST', body: JSON.stringify({ state: 'not_ready', reason: 'break' }) });
  assert.equal(paused.status, 200);
  await go('figures', 'figures');
  await office.test('figures-by').selectOption('agent');
  await office.test('figures-time').selectOption('today');
  const [file] = await Promise.all([office.page.waitForEvent('download'), office.page.locator('[data-test=figures-csv]:not(:disabled)').click()]);
  assert.equal(file.suggestedFilename(), 'carillon-agent-today.csv');
  const text = await readFile(await file.path(), 'utf8');
  assert.match(text, /lin/, text.slice(0, 200));
  await office.test('figures-time').selectOption('365d');
  await office.test('figures-interval').selectOption('month');
  const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: zone }).format(new Date());
  await eventually('a row for this month', async () => (await office.test('rows').locator('tbody td').first().textContent()).includes(month));
});

test('reports: chosen, compared, opened as SQL, tried, kept, shared, and as a file', async () => {
  await go('reports', 'reports');
  await office.test('report-contacts').click();
  await eventually('the report of contacts', async () => (await office.test('report').getAttribute('data-key')) === 'contacts');
  await office.test('report-time').selectOption('30d');
  await office.test('report-compare').check();
  await office.test('report-rows').locator('tbody tr').first().waitFor();
  const rows = await office.test('report-rows').locator('tbody tr').count();
  const [file] = await Promise.all([office.page.waitForEvent('download'), office.page.locator('[data-test=report-csv]:not(:disabled)').click()]);
  assert.equal(file.suggestedFilename(), 'contacts.csv');
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert.ok(lines[0].includes('Disposition') && lines.length > rows, lines[0]);
  const [book] = await Promise.all([office.page.waitForEvent('download'), office.page.locator('[data-test=report-xlsx]:not(:disabled)').click()]);
  assert.equal((await readFile(await book.path())).subarray(0, 2).toString(), 'PK');
  await office.test('report-sql').locator('summary').click();
  assert.match(await office.test('report-statement').textContent(), /FROM report_contacts/);
  assert.deepEqual(await office.violations(), []);
  await office.test('report-queues').click();
  await office.test('report-chart').waitFor();
  await office.test('report-copy').click();
  await office.test('report-writer').waitFor();
  await office.test('report-text').fill('SELECT * FROM sessions');
  await office.test('report-try').click();
  assert.match(await office.test('report-mistakes').textContent(), /no view `sessions`/);
  await office.test('report-text').fill('SELECT c.agent AS agent, COUNT(*) AS contacts FROM contacts c WHERE c.started >= :from GROUP BY c.agent');
  await office.test('report-try').click();
  await office.test('report-rows').waitFor();
  await office.test('report-name').fill('Who had how many');
  await office.test('report-share').check();
  assert.deepEqual(await office.violations(), []);
  await office.test('report-keep').click();
  await eventually('the report is kept', async () => /#\/reports\/own-\d+$/.test(office.page.url()));
  await office.test('report-edit').click();
  await office.test('report-forget').click();
  await office.test('confirm-yes').click();
  await eventually('the report is gone', async () => (await json('/reports')).own.length === 0);
});

test('first contact resolution of the last year, with what is still open beside it', async () => {
  await go('figures', 'resolution');
  await office.test('resolution-time').selectOption('365d');
  await office.test('resolution-days').selectOption('30');
  const { total } = await json('/resolution?from=-365d&days=30');
  // What was asked before may still stand there.
  const told = async (test_, pattern) => pattern.test(await office.test(test_).textContent());
  await eventually('the formulas of thirty days', () => told('resolution-formulas', /within 30 d/));
  await eventually('what is still open', () => told('resolution-open', new RegExp(` ${total.counts.still_open} still open`)));
  await eventually('a share', () => told('resolution-figure', /^\d+\.\d%$/));
  assert.deepEqual(await office.violations(), []);
});

test('several agents change together; who could not is named, with the reason', async () => {
  await go('board', 'tick-all');
  await office.test('grid-group').selectOption('experts');
  await office.page.getByRole('checkbox', { name: 'Signed in only' }).uncheck();
  const experts = (await json('/center')).agents.filter(({ group }) => group === 'experts').map(({ id }) => id);
  const confirmed = async () => {
    assert.match(await office.page.locator('[data-test=confirm][open]').textContent(), new RegExp(`${experts.length} agents`));
    await office.test('confirm-yes').click();
  };
  await office.test('tick-all').check();
  await office.test('together-ready').click();
  await confirmed();
  await office.test('left-out').getByText('No phone of theirs is registered').first().waitFor();
  assert.equal(await office.test('left-out').getByRole('listitem').count(), experts.length);
  assert.deepEqual(await office.violations(), []);
  const states = async () => (await json('/board')).agents.filter(({ id }) => experts.includes(id)).map(({ state }) => state.reason ?? state.state);

  await office.test('tick-all').check();
  await office.test('together-not-ready').click();
  await office.press('Enter');
  await confirmed();
  await eventually('all have a break', async () => (await states()).every((state) => state === 'break'));
  await office.test('left-out').waitFor({ state: 'detached' });
  await office.test('tick-all').check();
  await office.test('together-out').click();
  await confirmed();
  await eventually('all are gone', async () => (await states()).every((state) => state === 'signed_out'));
});

test('who waits, and why nobody has been given to them, from the tile', async () => {
  const caller = await dial({ from: '13800138002', endsAfterMs: 30_000 });
  await go('board', 'board');
  const opener = office.test('who-open').first();
  await opener.waitFor();
  await opener.focus();
  await office.press('Enter');
  const why = office.test('who-why').first();
  await why.waitFor();
  const [item] = (await json('/waiting')).items;
  await office.test(`who-${item.contact}`).getByText('No agent can have it now').waitFor();
  assert.equal(item.caller.call_back, false);
  const shown = item.caller.customer_name ?? '138 0013 8002';
  await office.test(`who-${item.contact}`).getByText(shown, { exact: true }).first().waitFor();
  assert.match(await why.textContent(), /Not eligible/);
  assert.deepEqual(await office.violations(), []);
  await office.test('who-none').waitFor({ timeout: 45_000 });
  await office.press('Escape');
  await office.test('who-waits').waitFor({ state: 'detached' });
  await caller.close();
});

test('who waits to be called back is seen with the place, and taken out of the line', async () => {
  // Nobody is ready. "9" asks for a call-back, "1" says yes; then the server hangs up.
  const keys = [
    { afterMs: 5000, key: '9' },
    { afterMs: 14_000, key: '1' },
  ];
  const caller = await dial({ from: '13800138001', keys });
  const [waiting] = await eventually('the call-back', async () => {
    const { items } = await json('/callbacks');
    return items.length > 0 ? items : null;
  }, 40_000);
  await go('tasks', 'call-backs');
  const row = office.test(`call-back-${waiting.interaction}`);
  await row.waitFor();
  assert.match(await row.textContent(), /138 0013 8001/);
  assert.match(await row.textContent(), /Waiting/);
  assert.deepEqual(await office.violations(), []);
  await row.getByRole('button').click();
  await office.test('confirm-yes').click();
  await eventually('nobody waits', async () => (await json('/callbacks')).items.length === 0);
  await row.waitFor({ state: 'detached' });
  const { events } = await json(`/interactions/${waiting.interaction}`);
  assert.ok(events.some(({ kind, detail }) => kind === 'call_back.cancelled' && detail.by === 'admin'), JSON.stringify(events.at(-1)));
  await caller.close();
});

test("the agent's day by keyboard alone", async () => {
  const agent = await browser.person();
  const focused = (name) => agent.page.locator(`[data-test="${name}"]:focus`).waitFor({ timeout: 3000 });
  /** Tab until it has the focus: everything can be reached. */
  const tabTo = async (name) => {
    for (let presses = 0; presses < 60; presses++) {
      const reached = await agent.page.evaluate(() => document.activeElement?.getAttribute('data-test'));
      if (reached === name) return;
      await agent.press('Tab');
    }
    assert.fail(`no way to ${name}`);
  };
  await agent.page.goto(carillon.http);
  await agent.page.locator('input[autocomplete=username]:focus').waitFor();
  await agent.page.keyboard.type('lin');
  await agent.press('Tab');
  await agent.page.keyboard.type('carillon');
  await agent.press('Enter');
  await agent.test('start-shift').waitFor();
  await tabTo('start-shift');
  await agent.press('Enter');
  await agent.ready();
  await tabTo('presence');
  await agent.press('Enter');
  await agent.page.getByRole('menuitem').or(agent.page.getByRole('menuitemradio')).first().waitFor();
  await agent.press('ArrowDown');
  await agent.press('Enter');
  await agent.page.getByRole('button', { name: /State: (?!Ready)/ }).waitFor();
  await tabTo('go-ready');
  await agent.press('Enter');
  await agent.ready();
  await agent.press('Control+k');
  await focused('find');
  await agent.page.keyboard.type('王');
  await agent.page.locator('[data-test^=customer-]').first().waitFor();
  await agent.press('ArrowDown');
  await agent.press('Enter');
  await agent.test('record-name').waitFor();
  await tabTo('edit');
  await agent.press('Enter');
  await focused('edit-name');
  await agent.press('Escape');
  await focused('edit');
  await agent.press('?');
  await agent.page.getByRole('dialog').waitFor();
  await agent.press('Escape');
  await tabTo('me');
  await agent.press('Enter');
  await agent.page.getByRole('menuitem').first().waitFor();
  await agent.press('End');
  await agent.page.locator('[data-test=sign-out]:focus').waitFor();
  await agent.press('Enter');
  await agent.page.locator('input[type=password]').waitFor();
  assert.deepEqual(agent.errors, []);
  await agent.page.context().close();
});
