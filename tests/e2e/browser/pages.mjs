/**
 * Every page of the desktop as its own links lead to it, one of each shape: a page that is new is walked without
 * being named here. What no link leads to stands in `BESIDE`.
 */

const BESIDE = ['#/records/ticket?show=board', '#/records/appointment?show=calendar', '#/records/ticket/import', '#/setup/no-such-page'];
const FOR_SUPERVISORS = ['#/wall'];
/** So wide that every page stands in the bar. */
export const WIDE = { width: 1920, height: 1080 };

/** Pages of one shape differ by what is in them only: `#/customers/*`. Of records the kinds are named by `kinds`. */
export function shapeOf(address, kinds = []) {
  const [page, ...rest] = address.replace(/^#\//, '').split('/');
  const one = (part) => (part === 'new' || part === 'import' || part === '~new' || part.startsWith('?') ? part.replace(/\?.*/, '') : '*');
  if (page === 'reports') return address;
  if (page === 'setup') return ['setup', rest[0] ?? '', ...rest.slice(1).map(one)].join('/');
  if (page === 'records') {
    const [kind = '', query = ''] = (rest[0] ?? '').split('?');
    return ['records', kinds === 'all' || kinds.includes(kind) ? kind : '*', /show=\w+/.exec(query)?.[0] ?? '', ...rest.slice(1).map((part) => one(part.replace(/\?.*/, '')))].join('/');
  }
  return [page, ...rest.map((part) => one(part))].join('/');
}

/** Walks them: gives each address when its page is there. `seen`: shapes that are not walked again. */
export async function* walk(desk, base, { seen = new Set(), kinds = [], supervises = false } = {}) {
  const waiting = [];
  const add = (address) => {
    const shape = shapeOf(address, kinds);
    if (seen.has(shape)) return;
    seen.add(shape);
    waiting.push(address);
  };
  await desk.page.setViewportSize(WIDE);
  for (const address of ['#/', ...BESIDE, ...(supervises ? FOR_SUPERVISORS : [])]) add(address);
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    await desk.page.setViewportSize(WIDE);
    await desk.page.goto(`${base}/${address}`);
    await settled(desk.page);
    for (const link of await desk.page.evaluate(linked)) add(link);
    yield address;
  }
}

const linked = () => [...document.querySelectorAll('a[href^="#/"]')].map((link) => link.getAttribute('href'));

/** What was asked for is there, and what is folded is open. */
export async function settled(page) {
  await page.waitForFunction(
    () => {
      const main = document.querySelector('main') ?? document.body;
      for (const fold of main.querySelectorAll('details:not([open])')) fold.open = true;
      return main.textContent.trim() !== '' && !/Loading …|加载中……/.test(main.textContent);
    },
    undefined,
    { timeout: 10_000, polling: 50 },
  );
}

const DESK = { width: 1366, height: 768 };
const PHONE = { width: 390, height: 844 };

/** What is wrong with the page in both themes, on a desk and on a phone, and with its width in either language. */
export async function faults(desk) {
  const { page } = desk;
  const found = [];
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size);
    // What follows the width has followed it.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    found.push(...(await desk.violations()).map((it) => `${it}, ${size.width} wide`), ...(await tooWide(page)));
  }
  const other = desk.test('language');
  if ((await other.count()) === 0) return found;
  const spoken = await page.evaluate(() => document.documentElement.lang);
  for (const turn of ['there', 'back']) {
    await other.click();
    await page.waitForFunction(({ spoken, turn }) => (document.documentElement.lang === spoken) === (turn === 'back'), { spoken, turn });
    if (turn === 'there') found.push(...(await tooWide(page)));
  }
  return found;
}

async function tooWide(page) {
  const [language, wide] = await page.evaluate(() => {
    const main = document.querySelector('main') ?? document.body;
    return [document.documentElement.lang, Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth)];
  });
  return wide > 0 ? [`${wide} px too wide, ${language}`] : [];
}
