/** The desktop in a real Chromium, with a tone for a microphone or with the devices of a PulseAudio. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beepFile } from './sound.mjs';

// The packages of the front end: nothing else is installed for these tests.
const web = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = web('playwright-core');
const AXE = await readFile(web.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
const FLAGS = [
  '--no-sandbox',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-gpu',
  '--disable-quic',
];

export async function openBrowser(hertz) {
  const { args, tidy } = await toneAt(hertz);
  return people(await launch(args), tidy);
}

/** One that can be killed with all its processes, as a crash does it: `kill()`. */
export async function openMortalBrowser(hertz) {
  const { args, tidy } = await toneAt(hertz);
  const server = await chromium.launchServer({ executablePath, args: [...FLAGS, ...args] });
  const browser = await chromium.connect(server.wsEndpoint());
  const kill = () => server.kill();
  return { ...people(browser, () => Promise.all([kill(), tidy()])), kill };
}

async function toneAt(hertz) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-voice-'));
  const voice = join(folder, 'voice.wav');
  await writeFile(voice, beepFile(hertz));
  const args = ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${voice}`];
  return { args, tidy: () => rm(folder, { recursive: true, force: true }) };
}

/** With the microphones of `pulse`, as they come and go. */
export const openBrowserOn = async (pulse) => people(await launch([], pulse.env), () => undefined);

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const launch = (args, env = process.env) => chromium.launch({ executablePath, env, args: [...FLAGS, ...args] });

function people(browser, tidy) {
  return {
    async person(options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 720 },
        locale: 'en-GB',
        permissions: ['microphone', 'notifications'],
        ...options,
      });
      const page = await context.newPage();
      return new Desktop(page);
    },
    async close() {
      await browser.close();
      await tidy();
    },
  };
}

/** As it stands in the text: a number too large for the browser would come back as another. */
const reservationIn = (text) => /"reservation":(\d+)/.exec(text)?.[1];

export class Desktop {
  errors = [];

  constructor(page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && message.text().includes('Content Security Policy')) this.errors.push(message.text());
    });
    // What came first: the pop or the ring.
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        const text = payload.toString();
        if (text.startsWith('INVITE')) this.arrivals.push('ring');
        if (text.includes('"type":"pop.shown"')) {
          this.arrivals.push('pop');
          this.popped = reservationIn(text);
        }
      });
      socket.on('framesent', ({ payload }) => {
        const text = payload.toString();
        if (text.includes('"type":"pop.seen"')) this.seen = reservationIn(text);
      });
    });
  }

  arrivals = [];
  /** The reservations of the last pop, and of the last that was said to be there. */
  popped;
  seen;

  test(name) {
    return this.page.locator(`[data-test="${name}"]`);
  }

  async signIn(base, user, password = 'carillon') {
    await this.page.goto(base);
    await this.page.locator('input[autocomplete=username]').fill(user);
    await this.page.locator('input[type=password]').fill(password);
    await this.page.keyboard.press('Enter');
    await this.test('link').waitFor();
  }

  async startShift() {
    await this.test('start-shift').click();
    await this.ready();
  }

  async ready() {
    await this.page.locator('[data-test=phone][data-state=registered]').waitFor();
    await this.page.getByRole('button', { name: /State: Ready/ }).waitFor();
  }

  phase(name, timeout = 10_000) {
    return this.page.locator(`[data-test=call-bar][data-phase=${name}]`).waitFor({ timeout });
  }

  press(keys) {
    return this.page.keyboard.press(keys);
  }

  /** What axe finds: everything in the theme that is shown, and in the other what colours can spoil. */
  async violations() {
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(AXE);
    const found = [await this.page.evaluate(judged, { how: { runOnly: TAGS }, turned: false }), await this.page.evaluate(judged, { how: { runOnly: COLOURS }, turned: true })];
    return found.flat();
  }
}

async function judged({ how, turned }) {
  const root = document.documentElement;
  const { theme } = root.dataset;
  // The pages of the docs follow the browser alone.
  if (theme === undefined && turned) return [];
  const shown = turned ? (theme === 'dark' ? 'light' : 'dark') : theme;
  if (turned) root.dataset.theme = shown;
  // A button that has just become one to press is on its way to its colour; one that is out of sight stays on its way.
  const ways = document.getAnimations().filter((it) => it instanceof CSSTransition);
  await Promise.race([Promise.all(ways.map((it) => it.finished.catch(() => null))), new Promise((resolve) => setTimeout(resolve, 1_000))]);
  const { violations } = await window.axe.run(how);
  if (turned) root.dataset.theme = theme;
  return violations.map(({ id, nodes }) => `${id} (${shown ?? 'as the browser'}): ${nodes.map((node) => node.target).join(', ')}`);
}
