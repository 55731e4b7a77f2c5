/** A contact is judged, disputed and answered without a mouse, in both languages: by a supervisor, and by the agent whose contact it was. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';

let carillon, browser, sue, agent, contacts;

const rest = async (path, token = carillon.tokens.admin) => {
  const response = await fetch(`${carillon.http}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
};

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  const { agents } = await rest('/center');
  const lin = agents.find(({ key }) => key === 'lin');
  contacts = (await rest(`/interactions?agent=${lin.id}&outcome=handled&limit=20`)).items.filter(({ answered, ended }) => answered && ended);
  assert.ok(contacts.length >= 2, 'the sample has contacts of hers');
  [sue, agent] = [await browser.person({ viewport: { width: 1366, height: 900 } }), await browser.person({ viewport: { width: 1366, height: 900 } })];
  for (const desk of [sue, agent]) desk.page.setDefaultTimeout(20_000);
  await sue.signIn(carillon.http, 'meng');
  await agent.signIn(carillon.http, 'lin');
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

/** By Tab alone: what cannot be reached so is not there. */
async function reach(desk, selector) {
  await desk.page.locator(selector).first().waitFor();
  const there = () => desk.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
  for (let tries = 0; tries < 300; tries += 1) {
    if (await there()) return;
    await desk.press('Tab');
  }
  assert.fail(`not reached by Tab: ${selector}`);
}

async function go(desk, selector, key = 'Enter') {
  await reach(desk, selector);
  await desk.press(key);
}

async function write(desk, selector, text) {
  await reach(desk, selector);
  await desk.page.keyboard.insertText(text);
}

async function speaks(desk, language) {
  const there = (wanted) => document.documentElement.lang.startsWith(wanted);
  if (!(await desk.page.evaluate(there, language))) await go(desk, '[data-test=language]');
  await desk.page.waitForFunction(there, language);
}

/** Of a group of radio buttons the first is reached by Tab; arrows go on from it. */
async function say(desk, item, downs) {
  await reach(desk, `[data-test=item-${item}] input[type=radio]`);
  await desk.press('Space');
  for (let at = 0; at < downs; at += 1) await desk.press('ArrowDown');
}

const DAYS = [
  { language: 'en', coaching: 'Say how long it will take.', no: 'I solved it.', yes: 'You did. Two points more.' },
  { language: 'zh', coaching: '请告知客户需要多长时间。', no: '问题已经解决。', yes: '确实如此，加两分。' },
];

for (const [nth, { language, coaching, no, yes }] of DAYS.entries()) {
  test(`judged, disputed, answered, by keys alone (${language})`, { timeout: 180_000 }, async () => {
    await speaks(sue, language);
    await speaks(agent, language);
    await sue.page.goto(`${carillon.http}/#/contacts/${contacts[nth].id}`);
    await go(sue, '[data-test=judge]');
    await sue.test('rate').waitFor();
    assert.deepEqual(await sue.violations(), []);
    await say(sue, 'greeting', 0);
    await say(sue, 'listening', 2);
    await say(sue, 'hold', 2);
    await say(sue, 'solved', 3);
    await say(sue, 'record', 0);
    // What was forgotten is told where it stands.
    await sue.press('Control+Enter');
    await sue.test('item-identity').locator('[role=alert]').waitFor();
    await say(sue, 'identity', 0);
    await write(sue, '[data-test=coaching]', coaching);
    await sue.press('Control+Enter');
    await eventually('it is handed in', async () => (await sue.test('rate').count()) === 0);
    const [judged] = (await rest(`/evaluations?interaction=${contacts[nth].id}`)).items;
    // (1 + 2 * 3/5) / 3 and (3 * 2/5 + 1 + 1) / 5: 73.33 and 64.00, 40 to 60.
    assert.deepEqual([judged.stage, judged.score], ['submitted', 6773]);

    await agent.page.goto(`${carillon.http}/#/quality`);
    await go(agent, `[data-test=open-${judged.id}]`);
    await agent.test('dispute').waitFor();
    assert.match(await agent.test('score').textContent(), /67[.]73/);
    assert.equal(await agent.test('coached').textContent(), coaching);
    assert.equal(await agent.test('judge').count(), 0, 'an agent judges nobody');
    assert.deepEqual(await agent.violations(), []);
    await write(agent, '[data-test=words]', no);
    await agent.press('Control+Enter');
    await agent.test('objection').waitFor();

    await sue.page.goto(`${carillon.http}/#/quality/${judged.id}`);
    await sue.test('settle').waitFor();
    assert.match(await sue.test('objection').textContent(), new RegExp(no));
    await write(sue, '[data-test=words]', yes);
    await go(sue, '[data-test=otherwise]', 'Space');
    await reach(sue, '[data-test=points-solved-2]');
    await sue.press('ArrowUp');
    await sue.press('ArrowUp');
    assert.deepEqual(await sue.violations(), []);
    await sue.press('Control+Enter');
    await sue.test('reply').waitFor();
    const settled = await rest(`/evaluations/${judged.id}`);
    // (3 * 4/5 + 2) / 5: 88.00.
    assert.deepEqual([settled.stage, settled.score.total, settled.objection.score], ['settled', 8213, 6773]);
    assert.deepEqual([settled.objection.text, settled.reply.text], [no, yes]);

    // Beside the contact, too, and for nobody else.
    await agent.page.goto(`${carillon.http}/#/contacts/${contacts[nth].id}`);
    await go(agent, `[data-test=show-${judged.id}]`);
    await agent.test('reply').waitFor();
    assert.match(await agent.test('score').textContent(), /82[.]13/);
    assert.deepEqual([...sue.errors, ...agent.errors], []);
  });
}

test('contacts are picked by the rule of the scorecard, by keys', { timeout: 60_000 }, async () => {
  await sue.page.goto(`${carillon.http}/#/quality`);
  await reach(sue, '[data-test=picks-days]');
  await sue.press('End');
  await go(sue, '[data-test=pick]');
  const mine = await eventually('something was picked', async () => {
    const { items } = await rest('/evaluations?rater=meng&stage=open');
    return items.length > 0 ? items : null;
  });
  assert.ok(mine.every(({ why }) => why !== 'by_hand'));
  await sue.test(`open-${mine[0].id}`).waitFor();
  assert.deepEqual(await sue.violations(), []);
});
