/** A campaign from a saved search, in each language: taken, simulated, started, watched, paused; previewed, dialled, disposed of. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { answerCalls } from './callee.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

const LANGUAGES = ['en', 'zh'];
let carillon, customer, browser;

async function rest(method, path, body, more = {}) {
  const headers = { authorization: `Bearer ${carillon.tokens.admin}`, 'content-type': 'application/json', ...more };
  const response = await fetch(`${carillon.http}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** The demo's trunk leads to our customer; a campaign for each language, whose agent is lin, and a search for both. */
async function prepare() {
  const { version } = await rest('GET', '/center/queues/vip');
  const file = await fetch(`${carillon.http}/api/v1/center/file`, { headers: { authorization: `Bearer ${carillon.tokens.admin}` } });
  const body = (await file.text())
    .replace(/(\[trunk\.demo\][^[]*?destination = ")[^"]*"/, `$1udp:127.0.0.1:${customer.port}"`)
    .replace(/\[user\.emma-clarke\]/, '[user.emma-clarke]\npassword = { plain = "carillon" }\nrole = "supervisor"');
  const campaigns = LANGUAGES.map((language) =>
    [
      `[campaign.care-${language}]`,
      `name = { en = "Care ${language}", zh = "关怀 ${language}" }`,
      'mode = { mode = "preview", limit_s = 120 }',
      'queue = "service"',
      'hours = "calls"',
      'goal = ["advice"]',
    ].join('\n'),
  );
  const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day} = ["00:00-24:00"]`).join(', ');
  const whole = `${body}\n[hours.calls]\nweek = { ${week} }\n${campaigns.join('\n')}\n`;
  const headers = { authorization: `Bearer ${carillon.tokens.admin}`, 'content-type': 'application/toml', 'if-match': `"${version}"` };
  const put = await fetch(`${carillon.http}/api/v1/center/file?accept_warnings=true`, { method: 'PUT', headers, body: whole });
  assert.equal(put.status, 200, await put.text());
  // Somebody for each language: a record of theirs, found by its title.
  for (const [nth, language] of LANGUAGES.entries()) {
    const person = await rest('POST', '/customers', { name: `Pearl ${language}`, contact_points: [{ kind: 'phone', value: `+861380013806${nth}`, label: '' }] });
    await rest('POST', '/records/ticket', { fields: { subject: `Clasp ${language}` }, customer: person.id });
    await rest('POST', '/records/ticket/views', { name: `Clasps ${language}`, query: `customer=${person.id}`, shared: true });
  }
}

before(async () => {
  [carillon, customer] = await Promise.all([startCarillon(), answerCalls()]);
  await prepare();
  browser = await openBrowser(440);
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
  customer?.close();
});

async function sit(language, user) {
  const desk = await browser.person({ locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
  await desk.page.addInitScript((chosen) => localStorage.setItem('carillon.language', chosen), language);
  await desk.signIn(carillon.http, user);
  await desk.page.locator(`html[lang=${language === 'zh' ? 'zh-CN' : 'en'}]`).waitFor();
  return desk;
}

for (const language of LANGUAGES) {
  test(`a campaign: ${language}`, { timeout: 120_000 }, async () => {
    const key = `care-${language}`;
    const says = (en, zh) => (language === 'zh' ? zh : en);

    const supervisor = await sit(language, 'emma-clarke');
    await supervisor.page.goto(`${carillon.http}/#/campaigns`);
    await supervisor.test(`search-${key}`).click();
    const search = supervisor.test('campaign-search-of');
    await search.selectOption({ label: await search.locator('option', { hasText: `Clasps ${language}` }).innerText() });
    await supervisor.test('campaign-search-take').click();
    await supervisor.test('campaign-report').waitFor();
    await supervisor.test(`watch-${key}`).click();
    await supervisor.test('campaign-show-simulation').click();
    await supervisor.test('campaign-trial-agents').fill('5');
    await supervisor.test('campaign-trial-mode').selectOption('predictive');
    await supervisor.test('campaign-simulate').click();
    await supervisor.test('campaign-simulated').getByText(says('Agents talking', '坐席通话占比')).waitFor({ timeout: 60_000 });

    const agent = await sit(language, 'lin');
    await agent.test('start-shift').click();
    await agent.page.locator('[data-test=phone][data-state=registered]').waitFor();
    await supervisor.test(`start-${key}`).click();
    await supervisor.test('campaign-show-board').click();

    await agent.test('preview').getByText(`Pearl ${language}`).first().waitFor({ timeout: 20_000 });
    await agent.test('preview-dial').click();
    await agent.phase('talking', 20_000);
    await eventually('the customer is there', () => customer.up);
    await supervisor.test('campaign-figure-talking').getByText('1').waitFor();
    await agent.press('Shift+F2');
    await agent.test('wrap-up').waitFor();
    await agent.test('disposition-advice').click();
    await agent.test('done').click();
    await agent.test('wrap-up').waitFor({ state: 'detached' });

    // One of one conversation came to the goal, and the day is certified.
    await supervisor.test('campaign-figure-conversion').getByText('100').waitFor();
    await supervisor.test('campaign-show-certificate').click();
    await supervisor.test('campaign-holds').getByText(says('The certificate holds', '证明成立')).waitFor();
    const violations = await supervisor.violations();
    assert.deepEqual(violations, []);
    await supervisor.test(`pause-${key}`).click();
    await supervisor.test(`start-${key}`).waitFor();
    assert.deepEqual([...supervisor.errors, ...agent.errors], []);
    await agent.page.context().close();
    await supervisor.page.context().close();
  });
}
