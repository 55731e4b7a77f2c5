/** Every page of every role can be used by everybody: in light and dark, and on a phone. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { faults, shapeOf, walk } from './pages.mjs';

let carillon, browser;

before(async () => {
  carillon = await startCarillon();
  browser = await openBrowser(440);
});

after(async () => {
  await browser?.close();
  await carillon?.stop();
});

// A language each, and the administrator, who has most pages, first: what was seen there is not walked again.
const seen = new Set();
for (const [role, language] of [
  ['admin', 'zh'],
  ['supervisor', 'en'],
  ['agent', 'zh'],
]) {
  test(`no page of the ${role} has a fault, in ${language}`, { timeout: 120_000 }, async (t) => {
    const person = await browser.person({ locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
    await person.page.addInitScript((chosen) => localStorage.setItem('carillon.language', chosen), language);
    await person.page.goto(carillon.links[role]);
    await person.test('link').waitFor();
    // What a role sees otherwise than the others.
    for (const page of ['#/', '#/tasks', '#/rules', '#/records/ticket']) seen.delete(shapeOf(page));
    const wrong = [];
    let count = 0;
    for await (const address of walk(person, carillon.http, { seen, supervises: role !== 'agent' })) {
      count += 1;
      wrong.push(...(await faults(person)).map((fault) => `${address}: ${fault}`));
    }
    t.diagnostic(`${count} pages`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(person.errors, []);
    assert.ok(role !== 'admin' || count > 40, `the administrator has ${count} pages`);
    await person.page.context().close();
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`neither have the door and the docs: ${colorScheme}`, async () => {
    const found = [];
    const stranger = await browser.person({ colorScheme });
    await stranger.page.goto(carillon.http);
    await stranger.page.locator('input[type=password]').waitFor();
    found.push(...(await faults(stranger)).map((it) => `sign-in: ${it}`));
    for (const page of ['/docs', '/docs/api.md', '/docs/dialplan.zh.md']) {
      // The server's policy for its docs allows no script: looked at from beside the page.
      await stranger.page.goto(carillon.http + page);
      found.push(...(await faults(stranger)).map((it) => `${page}: ${it}`));
    }
    assert.deepEqual(found, []);
    await stranger.page.context().close();
  });
}
