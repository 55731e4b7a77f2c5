/**
 * From an empty folder with only the browser to the first answered call, by keys alone, in both languages: the printed
 * link, the administrator, a line that is checked, number and queue, a colleague with an own password, a call that is
 * heard at both ends. Then the same center in another folder.
 */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { eventually, freePort } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { readWav, shareOf } from './sound.mjs';

const BINARY = process.env.CARILLON_BIN ?? fileURLToPath(new URL('../../../target/debug/carillon', import.meta.url));
const READY_MS = 60_000;
/** Of the page that calls, and of the administrator's microphone. */
const CALLER_HZ = 620;
const ADMIN_HZ = 440;
const PASSWORD = 'a long word of mine';

const run = promisify(execFile);
let browser;
const tidy = [];

before(async () => {
  browser = await openBrowser(ADMIN_HZ);
});

after(async () => {
  for (const one of tidy.toReversed()) await one();
  await browser?.close();
});

async function emptyFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-first-'));
  tidy.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** `carillon serve` in an empty folder: all that is known is what it prints. */
async function serve(folder) {
  const [http, sip] = [await freePort(), await freePort()];
  const settings = [`http.listen=127.0.0.1:${http}`, `sip.udp=127.0.0.1:${sip}`, `sip.tcp=127.0.0.1:${sip}`, 'metrics.listen='];
  const server = spawn(BINARY, ['serve', ...settings.flatMap((one) => ['--set', one])], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = [];
  server.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  tidy.push(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const link = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no link\n${log.join('')}`)), READY_MS);
    createInterface({ input: server.stdout }).on('line', (line) => {
      const found = /http:\S+\/#\/link\/\S+/.exec(line)?.[0];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
    void ended.then((code) => reject(new Error(`ended with ${code}\n${log.join('')}`)));
  });
  return { link, log: () => log.join('') };
}

/** The other side of a line: it answers whatever it is asked. */
async function carrier() {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  tidy.push(() => new Promise((resolve) => socket.close(resolve)));
  socket.on('message', (bytes, { address, port }) => {
    const lines = bytes.toString().split('\r\n');
    if (!lines[0].startsWith('OPTIONS')) return;
    const kept = lines.filter((line) => /^(via|from|call-id|cseq|v|f|i):/i.test(line));
    const to = lines.find((line) => /^(to|t):/i.test(line));
    socket.send(['SIP/2.0 200 OK', ...kept, `${to};tag=carrier`, 'Content-Length: 0', '', ''].join('\r\n'), port, address);
  });
  return `127.0.0.1:${socket.address().port}`;
}

/** Keys, and nothing else. */
function keysOf(person) {
  const tabTo = async (name, most = 120) => {
    for (let steps = 0; steps < most; steps += 1) {
      const at = await person.page.evaluate(() => document.activeElement?.getAttribute('data-test'));
      if (at === name) return;
      await person.press('Tab');
    }
    throw new Error(`${name} is not within ${most} steps of Tab`);
  };
  return {
    tabTo,
    async type(name, text) {
      await tabTo(name);
      await person.press('Control+A');
      await person.page.keyboard.type(text);
    },
    async press(name, key = 'Enter') {
      await tabTo(name);
      await person.press(key);
    },
  };
}

async function proper(person, where) {
  assert.deepEqual(await person.violations(), [], where);
  const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${where} is ${wide} px too wide`);
  // A word without a text shows its own name.
  assert.doesNotMatch(await person.page.locator('main').innerText(), /\b(start|trunk|setup)-[a-z]/, where);
}

const LANGUAGES = [
  { locale: 'en-GB', language: 'en', name: 'Wei Chen', user: 'wei-chen', colleague: 'Ana Li, ana', greeting: /Welcome, Ana Li/ },
  { locale: 'zh-CN', language: 'zh', name: '陈伟', user: 'wei', colleague: '李安娜, ana', greeting: /欢迎，李安娜/ },
];

for (const { locale, language, name, user, colleague, greeting } of LANGUAGES) {
  test(`from an empty folder to the first answered call: ${language}`, { timeout: 180_000 }, async (t) => {
    const began = Date.now();
    const told = [];
    const done = (what) => told.push(`${what} ${((Date.now() - began) / 1000).toFixed(1)} s`);
    const folder = await emptyFolder();
    const { link } = await serve(folder);
    const base = link.split('/#')[0];
    done('the link');

    const admin = await browser.person({ locale, viewport: { width: 1366, height: 900 } });
    const keys = keysOf(admin);
    admin.page.setDefaultTimeout(20_000);
    await admin.page.goto(link);
    await admin.page.locator('[data-test=begin-language]:focus').waitFor();
    assert.equal(await admin.test('begin-language').inputValue(), language);
    await proper(admin, 'the first page');
    await keys.type('begin-company', 'Aurelia');
    await keys.type('begin-zone', 'Asia/Shanghai');
    await keys.type('begin-region', 'CN');
    await keys.type('begin-name', name);
    if (language === 'zh') await keys.type('begin-user', user);
    await keys.type('new-password', PASSWORD);
    await keys.type('new-password-again', 'something else');
    await admin.press('Enter');
    await admin.page.locator('[data-test=new-password-again][aria-invalid=true]:focus').waitFor();
    await keys.type('new-password-again', PASSWORD);
    await admin.press('Enter');
    await admin.page.locator('[data-test=start-title]').waitFor();
    done('the administrator');
    assert.deepEqual(await admin.page.evaluate(() => location.hash), '#/setup/start/reach');
    assert.equal(await admin.test('reach-now').getAttribute('data-secure'), 'true');
    await proper(admin, 'how it is reached');

    const next = async (step) => {
      await keys.press('start-next');
      await eventually(`on to ${step}`, async () => (await admin.page.evaluate(() => location.hash)) === `#/setup${step}`);
    };
    await next('/start/trunk');
    await admin.test('trunk-form').waitFor();
    await proper(admin, 'the line');
    await keys.tabTo('template-carrier');
    await admin.press('ArrowDown');
    await keys.type('trunk-host', await carrier());
    await admin.press('Control+Enter');
    await admin.page.locator('[data-test=trunk-check][data-word=answers]').waitFor();
    await proper(admin, 'the line that answers');
    done('a line that answers');

    await next('/start/line');
    await admin.test('line-form').waitFor();
    assert.equal(await admin.test('line-language').inputValue(), language);
    await proper(admin, 'the number');
    await keys.press('line-record', 'Space');
    await admin.press('Control+Enter');
    await eventually('on to the colleagues', async () => (await admin.page.evaluate(() => location.hash)) === '#/setup/start/people');
    done('number and queue');

    await admin.test('people-form').waitFor();
    await keys.type('people-lines', colleague);
    await admin.press('Control+Enter');
    await admin.test('invited-ana').waitFor();
    await proper(admin, 'the colleagues');
    const invitation = await admin.test('invited-ana').inputValue();
    const ana = await browser.person({ locale });
    const hers = keysOf(ana);
    await ana.page.goto(invitation);
    await ana.test('own-password').waitFor();
    assert.match(await ana.page.locator('h1').innerText(), greeting);
    await proper(ana, 'the own password');
    await hers.type('new-password', `${PASSWORD} too`);
    await hers.type('new-password-again', `${PASSWORD} too`);
    await ana.press('Enter');
    await ana.test('start-shift').waitFor();
    done('a colleague is in');
    for (const spent of [invitation, link]) {
      const stranger = await browser.person({ locale });
      await stranger.page.goto(spent);
      await stranger.page.locator('h1').getByText(language === 'zh' ? '此链接' : 'This link does not work').waitFor();
      await stranger.page.context().close();
    }

    await next('/start/call');
    await keys.press('start-shift');
    await admin.test('test-call').waitFor();
    await proper(admin, 'the first call');
    await keys.press('test-call');
    await admin.phase('ringing', 20_000);
    await admin.test('call-answer').and(admin.page.locator('[aria-disabled=false]')).waitFor();
    await eventually('the caller hears the greeting', async () => (await admin.test('test-said').getAttribute('data-greeted')) === 'true');
    await admin.press('F2');
    await admin.phase('talking');
    await admin.page.locator('[data-test=test-said][data-word=talking]').waitFor();
    done('answered');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await admin.press('Shift+F2');
    await admin.page.locator('[data-test=test-said][data-word=over]').waitFor();
    await admin.test('test-done').waitFor();
    await proper(admin, 'the first call, over');
    done('heard');

    const get = async (path) => admin.page.request.get(`${base}/api/v1${path}`);
    const [{ id, answered }] = (await (await get('/interactions?limit=1')).json()).items;
    assert.ok(answered, 'somebody answered');
    const sound = await eventually('the recording', async () => {
      const response = await get(`/interactions/${id}/recording`);
      const wav = response.ok() ? readWav(await response.body()) : null;
      return wav?.seconds > 2 ? wav : null;
    });
    const [left, right] = sound.sides.map((side) => [CALLER_HZ, ADMIN_HZ].map((hertz) => shareOf(side, sound.rate, hertz)));
    assert.ok(left[0] > 0.5 && left[1] < 0.1, `the caller's side has the beeps: ${left}`);
    assert.ok(right[1] > 0.3 && right[0] < 0.1, `the administrator's side has the own voice: ${right}`);

    await next('');
    await admin.test('first-left').waitFor();
    await eventually('all is done', async () => (await admin.page.locator('[data-test^=first-][data-done=false]').count()) === 0);
    await proper(admin, 'the checklist');

    // One history, as of all changes, and the same center elsewhere.
    const authors = (await (await get('/center/versions')).json()).items.map((version) => version.author);
    assert.deepEqual([...new Set(authors)].toSorted(), ['ana', user].toSorted());
    const [file, other] = [join(folder, 'center.toml'), await emptyFolder()];
    await run(BINARY, ['export', '--output', file], { cwd: folder });
    await run(BINARY, ['apply', file], { cwd: other });
    const [here, there] = await Promise.all([folder, other].map(async (cwd) => (await run(BINARY, ['export'], { cwd })).stdout));
    assert.equal(there, here);
    assert.match(here, /\[number\.4000\]/);
    assert.deepEqual([...admin.errors, ...ana.errors], []);
    await Promise.all([admin, ana].map((person) => person.page.context().close()));
    t.diagnostic(told.join(', '));
  });
}
