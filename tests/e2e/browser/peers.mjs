/**
 * The desktop in the browsers that agents use, Chromium and Firefox ESR, behind the same few verbs; for what must
 * work in both. A peer speaks a tone, and a page hears what the call brings it.
 */

import { createRequire } from 'node:module';

import { openBrowser } from './desktop.mjs';

const web = createRequire(new URL('../../../web/package.json', import.meta.url));

/** Nothing that makes Firefox another one: only a microphone without hardware, and nobody who has to allow it. */
const FIREFOX = (hertz) => ({
  'media.navigator.streams.fake': true,
  'media.navigator.audio.fake_frequency': hertz,
  'media.navigator.permission.disabled': true,
  'intl.accept_languages': 'en-GB',
  'app.update.enabled': false,
});

/**
 * Runs in every page before its own scripts: keeps the connection at hand, and can lose the server. (An ear made of
 * an AudioContext would be deaf in Firefox on a machine without a sound card; its figures of the call are not.)
 */
function listenIn() {
  const Native = RTCPeerConnection;
  window.connection = null;
  window.iceServers = [];
  window.RTCPeerConnection = class extends Native {
    constructor(configuration) {
      super(configuration);
      window.connection = this;
      window.iceServers = configuration?.iceServers ?? [];
    }
    setRemoteDescription(description) {
      const lost = sessionStorage.getItem('lost') && description?.sdp;
      const sdp = lost ? description.sdp.replace(/^(a=candidate:\S+ \d udp \d+) \S+ \d+/gim, '$1 127.0.0.1 9') : description?.sdp;
      return super.setRemoteDescription(description ? { type: description.type, sdp } : undefined);
    }
  };
}

export const BROWSERS = {
  async chromium(hertz) {
    const browser = await openBrowser(hertz);
    return {
      async person() {
        const { page } = await browser.person();
        await page.addInitScript(listenIn);
        return new Peer(page, {
          shown: (selector, timeout) => page.locator(selector).first().waitFor({ timeout }),
          press: (keys) => page.keyboard.press(keys),
        });
      },
      close: () => browser.close(),
    };
  },
  async firefox(hertz) {
    const browser = await web('puppeteer-core').launch({
      browser: 'firefox',
      executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
      headless: true,
      extraPrefsFirefox: FIREFOX(hertz),
    });
    return {
      async person() {
        const page = await (await browser.createBrowserContext()).newPage();
        await page.setViewport({ width: 1280, height: 720 });
        await page.evaluateOnNewDocument(listenIn);
        return new Peer(page, {
          shown: (selector, timeout) => page.waitForSelector(selector, { visible: true, timeout }),
          async press(keys) {
            const [key, ...held] = keys.split('+').reverse();
            for (const one of held) await page.keyboard.down(one);
            await page.keyboard.press(key);
            for (const one of held) await page.keyboard.up(one);
          },
        });
      },
      close: () => browser.close(),
    };
  },
};

const test = (name) => `[data-test="${name}"]`;

/** An agent at a desk. What is asked of `page` is what Playwright and Puppeteer have in common. */
class Peer {
  errors = [];

  constructor(page, { shown, press }) {
    Object.assign(this, { page, shown: (selector, timeout = 10_000) => shown(selector, timeout), press });
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  async open(url) {
    await this.page.goto(url);
  }

  async reload() {
    await this.page.reload();
  }

  async click(name) {
    await this.shown(`${test(name)}:not([aria-disabled=true])`);
    await this.page.locator(test(name)).click();
  }

  async startShift() {
    await this.click('start-shift');
    await this.ready();
  }

  async ready() {
    await this.shown('[data-test=phone][data-state=registered]');
    await this.shown('[data-test=idle].tone-ready, [data-test=idle].tone-good');
  }

  phase(name, timeout) {
    return this.shown(`[data-test=call-bar][data-phase=${name}]`, timeout);
  }

  async answer() {
    await this.phase('ringing');
    await this.shown('[data-test=call-answer][aria-disabled=false]');
    await this.press('F2');
  }

  /** How loud what the call brings is, 0 to 1; `null`: nothing came yet. */
  hears() {
    return this.page.evaluate(async () => {
      const figures = [...((await window.connection?.getStats())?.values() ?? [])];
      return figures.find(({ type }) => type === 'inbound-rtp')?.audioLevel ?? null;
    });
  }

  iceServers() {
    return this.page.evaluate(() => window.iceServers);
  }

  /** From now on the server is offered where it is not. */
  loseServer(lost) {
    return this.page.evaluate((yes) => (yes ? sessionStorage.setItem('lost', '1') : sessionStorage.removeItem('lost')), lost);
  }

  text(selector) {
    return this.page.evaluate((where) => document.querySelector(where)?.textContent ?? '', selector);
  }

  value(selector) {
    return this.page.evaluate((where) => document.querySelector(where)?.value ?? '', selector);
  }

  async fill(name, text) {
    await this.page.locator(test(name)).fill(text);
  }
}
