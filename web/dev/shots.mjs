/**
 * Pictures of every state from the mock, for the eye: `node dev/shots.mjs FOLDER` (after `npm run build`).
 * Chromium from `CHROMIUM`, else the one of the system. Also says what axe finds, and what scrolls sideways.
 */

import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const folder = process.argv[2] ?? 'shots';
/** Only pictures whose name has this; only looks whose width is this. */
const only = process.argv[3];
const width = Number(process.argv[4] ?? 0);
const port = await new Promise((free) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => free(port));
  });
});
const base = `http://127.0.0.1:${port}`;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const FLAGS =
  '--no-sandbox --use-fake-ui-for-media-stream --use-fake-device-for-media-stream --autoplay-policy=no-user-gesture-required --disable-gpu --no-first-run';

await mkdir(folder, { recursive: true });
const mock = spawn(process.execPath, [fileURLToPath(new URL('mock.mjs', import.meta.url))], {
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((ready) => mock.stdout.once('data', ready));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS.split(' ') });
const scene = (name) => fetch(`${base}/mock`, { method: 'POST', body: JSON.stringify({ scene: name }) });

async function show(page, name) {
  if (only && !name.includes(only)) return;
  await page.waitForTimeout(350);
  await page.screenshot({ path: `${folder}/${name}.png` });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) console.log(`${name}: ${wide} px too wide`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
  for (const { id, nodes } of violations) {
    console.log(`${name}: ${id}`, nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`));
  }
}

/** Search and creation by keyboard alone. */
async function find(page, name) {
  await scene('talking');
  await page.keyboard.press('Control+k');
  await page.locator('[data-test=find]:focus').waitFor();
  await page.keyboard.type('whit');
  await page.locator('[data-test=link]').first().waitFor();
  await show(page, name('4-find'));
  await page.keyboard.press('Shift+Tab');
  await page.locator('[data-test=new-customer]').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-test=new-name]:focus').waitFor();
  await page.keyboard.type('Camille Laurent');
  await show(page, name('4-new'));
  await page.locator('[data-test=create]').click();
  await page.locator('[data-test=pop-name]', { hasText: 'Camille Laurent' }).waitFor();
  await show(page, name('4-linked'));
  await scene('wrap-up');
}

/** Calls out, and calls with others. */
async function others(page, name) {
  await scene('dialing');
  await page.locator('[data-phase=dialing]').waitFor();
  await show(page, name('7-dialing'));
  await scene('asked');
  await page.locator('[data-test=handed]').waitFor();
  await show(page, name('7-asked'));
  await scene('sent');
  await page.locator('[data-test=handed-note]').waitFor();
  await show(page, name('7-sent'));
  await scene('talking');
  await page.keyboard.press('F9');
  await page.locator('[role=option]').nth(3).waitFor();
  await show(page, name('7-box'));
  await page.keyboard.press('Escape');
  await scene('slots');
  await page.locator('[data-test=parked-703]').waitFor();
  await show(page, name('7-parked'));
  for (const with_ of ['consulting', 'joined']) {
    await scene(with_);
    await page.locator('[data-test=other]').first().waitFor();
    await show(page, name(`7-${with_}`));
  }
  await scene('ready');
}

/** Few, many and very many queues and agents, on the desk and on the wall. */
async function sizes(page, name) {
  for (const queues of [3, 40, 200]) {
    await scene(`queues-${queues}`);
    await page.goto(`${base}/#/board`);
    await page.reload();
    await page.locator('[data-test=queue-repair]').waitFor();
    await page.evaluate(trends, queues);
    await page.reload();
    await page.locator('[data-test=queue-repair]').waitFor();
    await show(page, name(`20-board-${queues}`));
    await page.locator('[data-test=tick-all]').scrollIntoViewIfNeeded();
    await show(page, name(`20-agents-${queues}`));
    await page.goto(`${base}/#/wall`);
    await page.locator('[data-test=wall-repair]').waitFor();
    await show(page, name(`21-wall-${queues}`));
    if (queues === 40) {
      await page.goto(`${base}/#/figures`);
      await page.locator('[data-test=chart] canvas').nth(2).waitFor();
      await show(page, name('22-figures-40'));
    }
  }
  await scene('few-agents');
}

/** An hour that the page has seen. */
function trends(queues) {
  const minute = Math.floor(Date.now() / 60_000);
  const wave = (id, i) => Math.max(0, Math.round(2.6 + 2.4 * Math.sin(i / (5 + (id % 7)) + id) + 1.6 * Math.sin(i / 3 + 2 * id) - (id % 4)));
  const courses = Array.from({ length: queues }, (_, q) => [q + 1, Array.from({ length: 59 }, (_, i) => [minute - 59 + i, wave(q + 1, i)])]);
  sessionStorage.setItem('carillon.trend', JSON.stringify(courses));
}

/** Records and their kinds. */
async function records(page, name) {
  await page.goto(`${base}/#/records/ticket`);
  await page.reload();
  await page.locator('[data-test=records-table]').waitFor();
  await show(page, name('23-records'));
  await page.locator('[data-test=show-board]').click();
  await page.locator('[data-test=board]').waitFor();
  await show(page, name('23-board'));
  await page.locator('[data-test=board-open] a').first().focus();
  await page.keyboard.press('Control+ArrowRight');
  await page.locator('[data-test=step-form]').waitFor();
  await show(page, name('23-step'));
  await page.keyboard.press('Escape');
  await page.goto(`${base}/#/records/appointment?show=calendar`);
  await page.locator('[data-test=calendar]').waitFor();
  await show(page, name('23-calendar'));
  await page.locator('[data-test=calendar-span]').selectOption('week');
  await show(page, name('23-week'));
  await page.locator('[data-test=calendar-span]').selectOption('day');
  await page.locator('[data-test=calendar-day]').waitFor();
  await show(page, name('23-day'));
  await page.goto(`${base}/#/records/ticket?show=board&by=owner`);
  await page.locator('[data-test=board-]').waitFor();
  await show(page, name('23-board-owner'));
  await page.goto(`${base}/#/records/ticket/101`);
  await page.locator('[data-test=record-title]').waitFor();
  await show(page, name('23-record'));
  await page.emulateMedia({ media: 'print' });
  await show(page, name('23-paper'));
  await page.emulateMedia({ media: 'screen' });
  await page.goto(`${base}/#/customers/4711`);
  await page.locator('[data-test=make-record]').waitFor();
  await page.keyboard.press('F10');
  await page.locator('[data-test=make-dialog] [data-test=make]').waitFor();
  await show(page, name('23-make'));
  await page.goto(`${base}/#/kinds/ticket`);
  await page.locator('[data-test=kind-field-subject]').waitFor();
  await show(page, name('24-kind'));
  await page.locator('[data-test=change-field-subject]').click();
  await page.locator('[data-test=edit-field-form]').waitFor();
  await show(page, name('24-field'));
  await page.keyboard.press('Escape');
  await page.locator('[data-test=kind-look-form]').click();
  await page.locator('[data-test=kind-form]').waitFor();
  await show(page, name('24-form'));
  await page.locator('[data-test=kind-look-life]').click();
  await show(page, name('24-life'));
  await page.locator('[data-test=change-step-close]').click();
  await page.locator('[data-test=edit-step-form]').waitFor();
  await show(page, name('24-step'));
  await page.keyboard.press('Escape');
  await page.locator('[data-test=kind-look-source]').click();
  await page.locator('[data-test=kind-source]').fill('kind = "ticket"\n[field.x]\ntpye = "text"\n');
  await page.locator('[data-test=kind-problem]').waitFor();
  await show(page, name('24-problem'));
  await page.locator('[data-test=kind-discard]').click();
}

async function walk(look) {
  const { language, theme, width, height } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    permissions: ['microphone', 'notifications'],
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('401') && console.log('console:', message.text()));
  page.on('pageerror', (error) => console.log('page error:', error.message));
  const name = (what) => `${what}-${language}-${theme}-${width}`;
  await fetch(`${base}/api/v1/sign-out`, { method: 'POST', body: '{}' });
  await page.goto(base);
  await page.getByRole('button', { name: /Sign in|登录/ }).waitFor();
  await show(page, name('1-sign-in'));
  await page.locator('input').first().fill(`ana-${language}`);
  await page.locator('input[type=password]').fill('x');
  await scene('not-ready');
  await page.keyboard.press('Enter');
  await page.locator('[data-test=start-shift]').waitFor();
  await show(page, name('2-start'));
  await page.locator('[data-test=start-shift]').click();
  await page.locator('[data-test=phone][data-state=registered]').waitFor();
  await page.locator('[data-test=idle]').waitFor();
  await show(page, name('3-idle'));
  await page.locator('[data-test=presence]').click();
  await show(page, name('3-presence'));
  await page.keyboard.press('Escape');
  for (const kind of ['known', 'several', 'unknown', 'withheld']) {
    await scene(`ring-${kind}`);
    await page.locator('[data-test=pop]').waitFor();
    await show(page, name(`4-ring-${kind}`));
    if (kind === 'unknown') await find(page, name);
    if (kind !== 'known') await scene('ready');
    else {
      await scene('talking');
      await page.locator('[data-phase=talking]').waitFor();
      await page.locator('[data-test=notes]').fill(language === 'zh' ? '戒指改圈，婚礼前取货。' : 'Resize ring; wedding on 17 May.');
      await show(page, name('5-talking'));
      for (const use of ['script', 'article', 'template']) {
        if (use !== 'script') await page.keyboard.press('F3');
        await page.locator(`[data-test=beside-${use}][aria-pressed=true]`).waitFor();
        if (use === 'script') {
          await page.locator('[data-test=script-answer-0]').click();
          await page.locator('[data-test=script-said]').fill('上周');
        }
        if (use === 'article') await page.locator('[data-test^=article-open-]').first().click();
        if (use === 'template') await page.locator('[data-test=template-text]').waitFor();
        await show(page, name(`5-beside-${use}`));
      }
      await page.keyboard.press('F3');
      await page.locator('[data-test=edit]').click();
      await page.locator('[data-test=edit-name]:focus').waitFor();
      await show(page, name('5-edit'));
      await page.locator('[data-test=edit-phone]').first().fill('12');
      await page.locator('[data-test=edit-save]').click();
      await page.locator('[aria-invalid=true]').waitFor();
      await show(page, name('5-edit-refused'));
      await page.keyboard.press('Escape');
      await page.locator('[data-test=confirm-yes]').click();
      await scene('held');
      await page.locator('[data-phase=held]').waitFor();
      await show(page, name('6-held'));
      await scene('wrap-up');
      await page.locator('[data-test=countdown]').waitFor();
      await page.locator('[data-test=disposition-repair]').click();
      await show(page, name('7-wrap-up'));
      await scene('ready');
    }
  }
  await others(page, name);
  await scene('ring-known');
  await scene('missed');
  await show(page, name('8-missed'));
  await page.goto(`${base}/#/contacts/0198c7d2-0000-7000-8000-000000000001`);
  await page.locator('[data-test=player] path').first().waitFor();
  await show(page, name('9-contact'));
  await page.goto(`${base}/#/tasks`);
  await page.locator('[data-test=task-1]').waitFor();
  await show(page, name('12-tasks'));
  await page.goto(`${base}/#/customers/4711`);
  await page.locator('[data-test=record-name]').waitFor();
  await page.locator('[data-test=find]').fill('whit');
  await page.locator('[data-test=customer-12]').waitFor();
  await show(page, name('12-customers'));
  await fetch(`${base}/api/v1/sign-in`, { method: 'POST', body: JSON.stringify({ user: `sup-${language}` }) });
  await page.goto(`${base}/#/board`);
  await page.reload();
  await page.locator('[data-test=queue-vip]').waitFor();
  await show(page, name('10-board'));
  await page.locator('[data-test=queue-repair] [data-test=who-open]').click();
  await page.locator('[data-test=who-812]').waitFor();
  await show(page, name('10-who'));
  await page.locator('[data-test=act-813]').press('Enter');
  await page.locator('[data-test=act-send]').waitFor();
  await show(page, name('10-act'));
  await page.locator('[data-test=act-send]').press('Enter');
  await page.locator('[data-test=send-to]').selectOption({ index: 1 });
  await show(page, name('10-send'));
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await scene('flags');
  await page.reload();
  await page.locator('[data-test=flags]').waitFor();
  await show(page, name('10-flags'));
  await page.locator('[data-test=alert-log-open]').press('Enter');
  await page.locator('[data-test=alert-vip-wait]').waitFor();
  await page.locator('[data-test=alert-past-vip-wait]').press('Enter');
  await page.locator('[data-test=alert-letter]').first().waitFor();
  await show(page, name('10-alerts'));
  await page.keyboard.press('Escape');
  await page.locator('[data-test=flag-write-agent-1]').press('Enter');
  await page.locator('[data-test=write-words]').fill('Offer her the voucher. I am listening.');
  await show(page, name('10-write'));
  await page.keyboard.press('Escape');
  await scene('flags-over');
  await page.reload();
  await page.locator('[data-test=queue-vip]').waitFor();
  await page.locator('[data-test=tick-all]').check();
  await page.locator('[data-test=tick-agent-2]').uncheck();
  await page.locator('[data-test=together-ready]').click();
  await page.locator('[data-test=confirm-yes]').waitFor();
  await show(page, name('10-together-confirm'));
  await page.locator('[data-test=confirm-yes]').click();
  await page.locator('[data-test=left-out]').waitFor();
  await page.locator('[data-test=tick-agent-2]').check();
  await show(page, name('10-together'));
  await page.locator('[data-test=together-none]').click();
  await page.locator('[data-test=look-back]').click();
  await page.locator('[data-test=past-waiting]').waitFor();
  await show(page, name('10-past'));
  await page.locator('[data-test=look-back]').click();
  await page.goto(`${base}/#/tasks`);
  await page.locator('[data-test=cancel-call-back]').first().waitFor();
  await show(page, name('12-line'));
  await page.goto(`${base}/#/board`);
  await page.locator('[data-test=queue-vip]').waitFor();
  await page.locator('[data-test=force-agent-0]').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.locator('[data-test=confirm-yes]').waitFor();
  await show(page, name('10-confirm'));
  await page.keyboard.press('Escape');
  await page.goto(`${base}/#/contacts`);
  await page.locator('tbody tr').first().waitFor();
  await show(page, name('11-contacts'));
  await page.goto(`${base}/#/contacts/0198c7d2-0000-7000-8000-000000000001`);
  await page.locator('[data-test=sip-ladder] summary').first().click();
  await page.locator('[data-test=sip-ladder] li').nth(3).locator('summary').click();
  await page.locator('[data-test=sip-ladder] pre').nth(3).scrollIntoViewIfNeeded();
  await show(page, name('11-sip'));
  for (const report of ['intraday', 'queues', 'states', 'week']) {
    await page.goto(`${base}/#/reports/${report}`);
    await page.locator(`[data-test=report][data-key=${report}] [data-test=report-rows]`).waitFor();
    await show(page, name(`12-report-${report}`));
  }
  await page.goto(`${base}/#/figures`);
  await page.locator('[data-test=chart] canvas').nth(2).waitFor();
  await show(page, name('12-figures'));
  await page.locator('[data-test=variants] summary').click();
  await page.locator('[data-test=formulas]').scrollIntoViewIfNeeded();
  await show(page, name('12-figures-variants'));
  await page.locator('[data-test=variants] summary').click();
  await page.locator('[data-test=resolution-formulas]').scrollIntoViewIfNeeded();
  await show(page, name('12-resolution'));
  await sizes(page, name);
  await fetch(`${base}/api/v1/sign-in`, { method: 'POST', body: JSON.stringify({ user: `adm-${language}` }) });
  await records(page, name);
  await page.goto(`${base}/#/rules/vip`);
  await page.reload();
  await page.locator('[data-test=rule-ring_s]').waitFor();
  await show(page, name('13-rules'));
  await page.locator('[data-test=rule-ring_s]').fill('9');
  await page.locator('[data-test=findings]').waitFor();
  await page.locator('[data-test=accept]').check();
  await show(page, name('14-rules-changed'));
  await page.locator('[data-test=begin-shadow]').click();
  await page.locator('[data-test=shadow]').waitFor();
  await page.locator('.recent summary').first().click();
  await show(page, name('15-rules-shadow'));
  await page.locator('[data-test=end-shadow]').click();
  await page.locator('[data-test=what-ask]').click();
  await page.locator('[data-test=what-if]').waitFor();
  await show(page, name('16-what-if'));
  await page.locator('[data-test=more] summary').click();
  await page.locator('[data-test=more]').scrollIntoViewIfNeeded();
  await show(page, name('17-rules-more'));
  await page.locator('[data-test=restore-13]').click();
  await page.locator('[data-test=back-accept]').waitFor();
  await show(page, name('18-roll-back'));
  await page.keyboard.press('Escape');
  await page.locator('[data-test=holidays] summary').click();
  await page.locator('[data-test=holidays-file]').setInputFiles({ name: 'days.ics', mimeType: 'text/calendar', buffer: Buffer.from('BEGIN:VCALENDAR') });
  await page.locator('[data-test=holidays-plan]').waitFor();
  await page.locator('[data-test=holidays]').scrollIntoViewIfNeeded();
  await show(page, name('18-holidays'));
  await page.locator('[data-test=new-queue]').click();
  await page.locator('[data-test=new-queue-key]:focus').waitFor();
  await page.locator('[data-test=new-queue-key]').fill('engraving');
  await page.locator('[data-test=new-queue-en]').fill('Engraving');
  await page.locator('[data-test=changes]').waitFor();
  await show(page, name('18-new-queue'));
  await page.route('**/api/v1/center', async (route) => {
    const center = await (await route.fetch()).json();
    await route.fulfill({ json: { ...center, queues: [] } });
  });
  await page.goto(`${base}/#/rules`);
  await page.reload();
  await page.locator('[data-test=new-queue-key]:focus').waitFor();
  await show(page, name('18-first-queue'));
  await page.unroute('**/api/v1/center');
  await page.goto(`${base}/#/tokens`);
  await page.locator('[data-test=token-crm]').waitFor();
  await page.locator('[data-test=token-name]').fill(name('dialler'));
  await page.locator('[data-test=token-create]').click();
  await page.locator('[data-test=made]').waitFor();
  await show(page, name('19-tokens'));
  await context.close();
}

const looks = [
  { language: 'en', theme: 'light', width: 1280, height: 720 },
  { language: 'zh', theme: 'light', width: 1440, height: 900 },
  { language: 'zh', theme: 'dark', width: 1280, height: 720 },
  { language: 'en', theme: 'dark', width: 1440, height: 900 },
  { language: 'zh', theme: 'light', width: 1366, height: 768 },
  { language: 'en', theme: 'light', width: 900, height: 1000 },
  { language: 'zh', theme: 'dark', width: 390, height: 844 },
  { language: 'en', theme: 'light', width: 390, height: 844 },
  { language: 'en', theme: 'dark', width: 768, height: 1024 },
  // 1280 by 720 at 200 %.
  { language: 'en', theme: 'light', width: 640, height: 360 },
  { language: 'zh', theme: 'dark', width: 640, height: 360 },
  { language: 'en', theme: 'dark', width: 1920, height: 1080 },
  { language: 'zh', theme: 'light', width: 1920, height: 1080 },
];
/** How long the board with 200 queues and 2,000 agents takes to draw a change, in the middle and at worst. */
async function crowd() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await scene('queues-200');
  await page.goto(`${base}/#/board`);
  await page.locator('[data-test=tick-all]').waitFor();
  const frames = await page.evaluate(
    () =>
      new Promise((done) => {
        const spans = [];
        let last = performance.now();
        const tick = (now) => {
          spans.push(now - last);
          last = now;
          if (spans.length < 300) requestAnimationFrame(tick);
          else done(spans.sort((a, b) => a - b));
        };
        requestAnimationFrame(tick);
      }),
  );
  console.log(`board of 200 queues and 2,000 agents: frame ${frames[150].toFixed(1)} ms, worst ${frames.at(-1).toFixed(1)} ms, rows ${await page.locator('tbody tr').count()}`);
  await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await page.locator('tr[aria-rowindex="1801"]').waitFor();
  await show(page, '13-crowd');
}

try {
  for (const look of looks.filter((one) => !width || one.width === width)) await walk(look);
  if (!width) await crowd();
} finally {
  await browser.close();
  mock.kill();
}
