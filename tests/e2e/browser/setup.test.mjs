/** A center set up in the browser, by keys: skill, queue, agent and user are made, and are at work without a restart. */

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
const object = (kind, key) => rest(`/center/objects/${kind}/${key}`);

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
  admin = await browser.person({ viewport: { width: 1366, height: 900 }, permissions: ['clipboard-read', 'clipboard-write', 'microphone'] });
  admin.page.setDefaultTimeout(20_000);
  await admin.signIn(carillon.http, 'admin');
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

/** Tab until the focus is there: no mouse, no script. */
async function tabTo(name, most = 90) {
  for (let steps = 0; steps < most; steps += 1) {
    const at = await admin.page.evaluate(() => document.activeElement?.getAttribute('data-test'));
    if (at === name) return;
    await admin.press('Tab');
  }
  throw new Error(`${name} is not within ${most} steps of Tab`);
}

const type = async (name, text) => {
  await tabTo(name);
  await admin.press('Control+A');
  await admin.page.keyboard.type(text);
};

const go = async (part) => {
  await admin.page.goto(`${carillon.http}/#/setup${part}`);
  await admin.test('setup').waitFor();
};

/** From the list to a new one, by keys alone. */
async function begin(kind) {
  await go(`/${kind}`);
  await admin.test('object-new').waitFor();
  await admin.test('object-new').focus();
  await admin.press('Enter');
  await admin.test('object-form').waitFor();
}

async function save(kind, key) {
  await admin.press('Control+Enter');
  await eventually(`${kind} ${key} is saved`, async () => (await admin.page.evaluate(() => location.hash)) === `#/setup/${kind}/${key}`);
  await admin.test('object-toml').waitFor();
}

test('a skill, a queue, an agent and a user are made by keys; what is wrong stands beside its field', async () => {
  await begin('skill');
  await type('field-name-en', 'Watches');
  await type('field-name-zh', '腕表');
  assert.equal(await admin.test('object-key').inputValue(), 'watches', 'a key follows the name');
  await save('skill', 'watches');
  assert.match(await admin.test('object-toml').textContent(), /\[skill\.watches\]\nname = \{ en = "Watches", zh = "腕表" \}/);

  await begin('queue');
  await type('field-name-en', 'Watches');
  await type('object-key', 'Watch makers');
  await admin.press('Control+Enter');
  const wrong = admin.page.locator('[data-test=object-key][aria-invalid=true]:focus');
  await wrong.waitFor();
  const about = await wrong.getAttribute('aria-describedby');
  assert.match(await admin.page.locator(`[id="${about}"]`).textContent(), /a key has 1 to 40 of a-z/);
  assert.deepEqual(await admin.violations(), []);
  await type('object-key', 'watches');
  await tabTo('field-skills-add');
  await admin.page.keyboard.type('Watches');
  await admin.test('field-skills-watches').waitFor();
  // Nobody can serve it yet: that is said, and known.
  await admin.press('Control+Enter');
  await admin.test('accept').waitFor();
  assert.deepEqual(await admin.violations(), []);
  await admin.test('accept').focus();
  await admin.press('Space');
  await save('queue', 'watches');

  await begin('agent');
  await type('field-name', 'Nora Stein');
  await tabTo('field-skills-add');
  await admin.page.keyboard.type('Watches');
  await admin.test('field-skills-watches').waitFor();
  await admin.test('field-skills-watches').focus();
  await type('field-skills-watches', '8');
  await save('agent', 'nora-stein');
  assert.deepEqual((await object('agent', 'nora-stein')).fields, { name: 'Nora Stein', skills: { watches: 8 } });
  await tabTo('own-user');
  await admin.press('Enter');
  await eventually('the user is there', async () => (await admin.page.evaluate(() => location.hash)) === '#/setup/user/nora-stein');
});

test('the new queue is on the board without a restart, and the new agent chooses a password by a link and is ready for it', async () => {
  await admin.test('invite').waitFor();
  await tabTo('invite');
  await admin.press('Enter');
  await admin.page.locator('[data-test=invite-link]:focus').waitFor();
  const link = await admin.test('invite-link').inputValue();

  const nora = await browser.person();
  // She has no language of her own: this browser has.
  await nora.page.addInitScript(() => localStorage.setItem('carillon.language', 'en'));
  await nora.page.goto(link);
  await nora.test('new-password').fill('words of her own');
  await nora.test('new-password-again').fill('words of her own');
  await nora.press('Enter');
  await nora.test('link').waitFor();
  await nora.startShift();
  await admin.page.goto(`${carillon.http}/#/board`);
  await admin.page.getByText('Watches').first().waitFor();
  assert.deepEqual(nora.errors, []);
});

test('of two administrators at the same agent nobody loses anything', async () => {
  await go('/agent/emma-clarke');
  await admin.test('field-name').fill('Emma C. Clarke');
  const before = await object('agent', 'emma-clarke');
  const fields = { ...before.fields, name: 'E. Clarke', group: 'experts' };
  await rest('/center/objects/agent/emma-clarke?accept_warnings=true', { method: 'PUT', body: { fields }, headers: { 'if-match': `"${before.version}"` } });
  await admin.test('object-save').click();
  await admin.test('overtaken').waitFor();
  assert.match(await admin.test('overtaken').textContent(), /Group/);
  assert.match(await admin.test('overtaken').textContent(), /E\. Clarke/);
  assert.equal(await admin.test('field-name').inputValue(), 'Emma C. Clarke');
  assert.equal(await admin.test('field-group').inputValue(), 'experts');
  assert.deepEqual(await admin.violations(), []);
  await admin.test('object-save').click();
  await eventually('both are kept', async () => {
    const { fields: now } = await object('agent', 'emma-clarke');
    return now.name === 'Emma C. Clarke' && now.group === 'experts';
  });
  // And back to what it was, alone.
  await admin.test(`object-back-${before.version}`).click();
  await admin.test('confirm-yes').click();
  await eventually('as before', async () => JSON.stringify((await object('agent', 'emma-clarke')).fields) === JSON.stringify(before.fields));
});

test('the matrix is edited by keys and by paste, and saved as one version', async () => {
  await go('/matrix');
  await admin.page.locator('[role=grid]').focus();
  const { version } = await rest('/center/objects/agent');
  const cell = (row, column) => admin.page.locator(`[data-row="${row}"][data-column="${column}"]`);
  await admin.press('Control+Home');
  await admin.page.keyboard.type('10');
  await admin.press('ArrowDown');
  await admin.page.keyboard.type('4');
  assert.deepEqual([await cell(0, 0).textContent(), await cell(1, 0).textContent()], ['10', '4']);
  await admin.page.evaluate(() => navigator.clipboard.writeText('1\t2\n3\t4'));
  await admin.press('ArrowDown');
  await admin.press('Control+V');
  await eventually('pasted', async () => (await cell(3, 1).textContent()) === '4');
  assert.deepEqual(await admin.violations(), []);
  const listed = (await rest('/center/objects/agent')).items.map(({ key }) => key);
  await admin.test('matrix-apply').click();
  await admin.test('confirm-yes').click();
  await eventually('saved', async () => (await rest('/center/objects/agent')).version === version + 1);
  const [first] = (await rest('/center/objects/agent')).items;
  assert.equal(first.fields.skills.chinese, 10, listed.join());
});

test('the center goes out as a file, and the file comes back as it is', async () => {
  await go('/file');
  const [download] = await Promise.all([admin.page.waitForEvent('download'), admin.test('file-out').click()]);
  await admin.test('file-in').setInputFiles(await download.path());
  await admin.test('file-same').waitFor();
  assert.deepEqual(await admin.violations(), []);
});

test('every page in both languages, wide and narrow, without a violation', async () => {
  const parts = ['', '/agent', '/user/admin', '/group', '/group/~new', '/skill', '/queue', '/queue/vip', '/number/4000', '/number/~new', '/hours', '/hours/~new', '/trunk/demo', '/reason', '/disposition', '/disposition/advice', '/center', '/matrix', '/file'];
  for (const [locale, width] of [['en-GB', 1366], ['zh-CN', 390]]) {
    const person = await browser.person({ viewport: { width, height: 844 }, locale });
    await person.page.addInitScript((language) => localStorage.setItem('carillon.language', language), locale.slice(0, 2));
    await person.signIn(carillon.http, 'admin');
    for (const part of parts) {
      await person.page.goto(`${carillon.http}/#/setup${part}`);
      await person.page.locator('[data-test=setup] h1').first().waitFor();
      await eventually('it is there', async () => (await person.page.getByText(/^(Loading|加载)/).count()) === 0);
      assert.deepEqual(await person.violations(), [], `${locale} ${part}`);
      const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${locale} ${part} is ${wide} px too wide`);
      // A word without a text shows its own name.
      assert.doesNotMatch(await person.page.locator('[data-test=setup]').innerText(), /setup-[a-z]/, part);
    }
    assert.deepEqual(person.errors, []);
  }
});
