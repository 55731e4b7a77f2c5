/**
 * Every page of a running Carillon, of every role, as pictures for the eye and as contact sheets (ImageMagick's `montage`):
 * `node dev/sheets.mjs ADDRESS FOLDER [PART]`, after `carillon demo`. `PART`: only addresses that have it.
 *
 * It also says what eyes pass over: what scrolls sideways, what is cut off, what stands in two lines where one is meant,
 * English on a Chinese page, words that are no words, numbers that do not stand under each other.
 */

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

import { openBrowser } from '../../tests/e2e/browser/desktop.mjs';
import { settled, shapeOf, walk } from '../../tests/e2e/browser/pages.mjs';

const [base = 'http://127.0.0.1:8080', folder = 'sheets', part = ''] = process.argv.slice(2);
const PASSWORD = process.env.CARILLON_PASSWORD ?? 'carillon';
const ROLES = [
  ['admin', 'admin'],
  ['meng', 'supervisor'],
  ['lin', 'agent'],
];
/** Kinds whose lists and records are looked at one by one. */
const KINDS = (process.env.KINDS ?? 'ticket,opportunity,quote,visit,asset,article').split(',');
const LOOKS = [
  { language: 'en', theme: 'light', width: 1366, height: 768 },
  { language: 'zh', theme: 'dark', width: 1366, height: 768 },
  { language: 'zh', theme: 'light', width: 1920, height: 1080 },
  { language: 'en', theme: 'dark', width: 390, height: 844 },
  { language: 'zh', theme: 'light', width: 390, height: 844 },
];
const run = promisify(execFile);

await mkdir(folder, { recursive: true });
const browser = await openBrowser(440);
const said = new Set();

/** Once for each finding, however many pages have it. */
function say(where, what) {
  if (said.has(what)) return;
  said.add(what);
  console.log(`${where}: ${what}`);
}

async function show(page, name, { language, theme, width, height }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  if ((await page.evaluate(() => document.documentElement.lang.slice(0, 2))) !== language) {
    await page.locator('[data-test=language]').click({ timeout: 2_000 }).catch(() => undefined);
    await page.waitForFunction((language) => document.documentElement.lang.startsWith(language), language, { timeout: 2_000 }).catch(() => undefined);
  }
  await settled(page).catch(() => say(name, 'does not come to rest'));
  await page.waitForTimeout(120);
  const path = `${folder}/${name}.${language}-${theme}-${width}.png`;
  await page.screenshot({ path });
  for (const fault of await page.evaluate(looked, language)) say(`${name} ${language} ${width}`, fault);
  return path;
}

/** In the page: what is wrong by measure. */
function looked(language) {
  const found = new Set();
  const main = document.querySelector('main') ?? document.body;
  const visible = (it) => it.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !it.closest('.unseen, [aria-hidden=true]');
  const brief = (it) => (it.innerText ?? it.textContent).trim().replace(/\s+/g, ' ').slice(0, 60);
  const of = (it) => `<${it.tagName.toLowerCase()}${it.className && typeof it.className === 'string' ? `.${it.className.replace(/ ?svelte-\w+/g, '').trim().replaceAll(' ', '.')}` : ''}>`;
  if (document.documentElement.scrollWidth > innerWidth) found.add(`page ${document.documentElement.scrollWidth - innerWidth} px too wide`);
  if (main.scrollWidth > main.clientWidth + 1) found.add(`main scrolls ${main.scrollWidth - main.clientWidth} px sideways`);
  for (const it of document.querySelectorAll('body *')) {
    if (!visible(it) || it.closest('svg, option, datalist')) continue;
    const style = getComputedStyle(it);
    const own = [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (/hidden|clip/.test(style.overflowX) && it.scrollWidth > it.clientWidth + 1 && brief(it) && it.clientWidth > 1) {
      if (style.textOverflow !== 'ellipsis') found.add(`cut off ${of(it)} ${brief(it)}`);
      else if (!it.closest('[title]')) found.add(`shortened without a title ${of(it)} ${brief(it)}`);
    }
    if (/auto|scroll/.test(style.overflowX) && it !== main && it.scrollWidth > it.clientWidth + 1 && !it.matches('.scrolls, pre, textarea, select, [role=grid]')) found.add(`scrolls sideways ${of(it)}`);
    if (!own) continue;
    const line = Number.parseFloat(style.lineHeight) || 1.45 * Number.parseFloat(style.fontSize);
    const lines = Math.round((it.clientHeight - Number.parseFloat(style.paddingTop) - Number.parseFloat(style.paddingBottom)) / line);
    const text = brief(it);
    if (it.matches('.button, .tag, .mark, th, label, .label, [role=menuitem], nav a') && lines > 1 && text.length < 40 && style.display !== 'flex') found.add(`in ${lines} lines ${of(it)} ${text}`);
    const narrow = it.clientWidth > 0 && it.clientWidth < 2.6 * Number.parseFloat(style.fontSize) && lines > 2 && text.length > 4;
    if (narrow) found.add(`one above the other ${of(it)} ${text}`);
    if (/\b(undefined|NaN|\[object)\b|\bnull\b/.test(text) && !it.closest('pre, code')) found.add(`no word ${of(it)} ${text}`);
    if (/^[a-z]+([-_][a-z0-9]+)+$/.test(text) && !it.closest('pre, code, textarea')) found.add(`a key? ${of(it)} ${text}`);
    if (language === 'zh' && /[A-Za-z]{4,}/.test(text) && !/[\u4e00-\u9fff]/.test(text) && !it.closest('pre, code, [lang=en], td, tbody th')) found.add(`English ${of(it)} ${text}`);
    if (language === 'en' && /[\u4e00-\u9fff]/.test(text) && it.matches('.button, button, label, legend, thead th, h1, h2, h3, .label, .tag, .hint') && !it.closest('[lang]:not(html)')) found.add(`Chinese ${of(it)} ${text}`);
    if (it.matches('td') && /^[\d.,\s%:–-]*\d[\d.,\s%:]*( (s|min|h|%|¥))?$/.test(text) && !/right|end/.test(style.textAlign)) {
      const head = it.closest('table')?.querySelectorAll('thead th')[it.cellIndex];
      found.add(`a number on the left, under ${head ? brief(head) : '?'}: ${text}`);
    }
  }
  for (const table of main.querySelectorAll('table')) {
    if (visible(table) && table.querySelectorAll('tbody:not(.space) tr').length === 0) found.add(`a table of nothing ${table.getAttribute('aria-label') ?? ''}`);
    const [first] = table.querySelectorAll('tbody:not(.space) tr');
    for (const head of table.querySelectorAll('thead th')) {
      const cell = first?.cells[head.cellIndex];
      if (!cell || !visible(head) || cell.colSpan > 1) continue;
      const side = (it) => (/right|end/.test(getComputedStyle(it).textAlign) ? 'end' : getComputedStyle(it).textAlign === 'center' ? 'center' : 'start');
      if (side(head) !== side(cell)) found.add(`head ${side(head)}, cell ${side(cell)}: ${brief(head)}`);
    }
  }
  return [...found];
}

const fileName = (role, address) => `${role}${address.replace(/^#/, '').replaceAll(/[^\w~.-]+/g, '_') || '_'}`.slice(0, 70);

/** A sheet of a page: desk and wide above, phones beside. */
async function sheet(name, pictures) {
  await run('montage', [...pictures, '-geometry', 'x900>+6+6', '-tile', `${pictures.length}x1`, '-background', '#888', `${folder}/sheet-${name}.png`]).catch(({ message }) => say('montage', message));
}

const seen = new Set();
try {
  for (const [user, role] of ROLES) {
    const person = await browser.person({ locale: 'en-GB' });
    const { page } = person;
    page.on('console', (message) => message.type() === 'error' && say(page.url().split('#')[1] ?? '', `console: ${message.text()}`));
    await person.signIn(base, user, PASSWORD);
    for (const address of ['#/', '#/tasks', '#/rules', '#/records/ticket']) seen.delete(shapeOf(address, KINDS));
    for await (const address of walk(person, base, { seen, kinds: KINDS, supervises: role !== 'agent' })) {
      if (!address.includes(part)) continue;
      const name = fileName(role, address);
      const pictures = [];
      for (const look of LOOKS) pictures.push(await show(page, name, look));
      if (process.env.SHEETS) await sheet(name, pictures);
      console.log(`seen ${address}`);
    }
    for (const error of person.errors) say(role, error);
    await page.context().close();
  }
} finally {
  await browser.close();
}
