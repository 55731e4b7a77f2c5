/**
 * Calls that agents make and move, and supervisors hear: by keyboard, in browsers of their own, each with a tone of its
 * own, so that every ear says who is heard.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { answerCalls } from './callee.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { openBrowser } from './desktop.mjs';
import { sounds } from './sound.mjs';

const CUSTOMER_HZ = 1000;
const HERTZ = { lin: 440, emma: 700, meng: 1800 };
const RATE = 8000;
const NUMBER = '138 0013 8055';

let carillon, customer;
const browsers = [];
const desks = {};

/** Keeps an ear at all that the page's phone receives. */
const EAR = () => {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      this.addEventListener('track', ({ track }) => {
        const context = new AudioContext();
        const ear = context.createAnalyser();
        ear.fftSize = 4096;
        context.createMediaStreamSource(new MediaStream([track])).connect(ear);
        window.ear = ear;
      });
    }
  };
};

/**
 * Which of these tones the page hears within a second and a half: beeps have pauses, and need not fall together. A tone
 * stands out from what is beside it: where packets are late, the gaps of another tone sound on every pitch.
 */
const HEARS = async (tones) => {
  const heard = new Set();
  const bins = new Float32Array(window.ear?.frequencyBinCount ?? 0);
  for (let look = 0; window.ear && look < 30; look += 1) {
    window.ear.getFloatFrequencyData(bins);
    const width = window.ear.context.sampleRate / window.ear.fftSize;
    for (const [name, hertz] of Object.entries(tones)) {
      const at = Math.round(hertz / width);
      const beside = Math.max(...bins.slice(at - 9, at - 5), ...bins.slice(at + 6, at + 10));
      if (Math.max(...bins.slice(at - 2, at + 3)) > Math.max(-60, beside + 10)) heard.add(name);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  return [...heard].sort().join(' ');
};

const TONES = { customer: CUSTOMER_HZ, ...HERTZ };

/** Of those in the call, whom this one hears; the customer's ear is a socket. */
async function hears(name) {
  if (name !== 'customer') return desks[name].page.evaluate(HEARS, Object.fromEntries(Object.entries(TONES).filter(([of]) => of !== name)));
  customer.hear();
  await new Promise((done) => setTimeout(done, 1500));
  const heard = customer.hear();
  return Object.entries(HERTZ).filter(([, hertz]) => sounds(heard, RATE, hertz)).map(([of]) => of).sort().join(' ');
}

/** Each with those it hears, until it is so: the way of sound takes its time. */
async function ears(wanted) {
  let found;
  const same = () => JSON.stringify(found) === JSON.stringify(wanted);
  await eventually('the ears', async () => {
    const entries = await Promise.all(Object.keys(wanted).map(async (name) => [name, await hears(name)]));
    found = Object.fromEntries(entries);
    return same();
  }, 12_000).catch(() => undefined);
  assert.deepEqual(found, wanted);
}

const json = async (path) => (await carillon.api(path)).json();
const last = async () => json(`/interactions/${(await json('/interactions?limit=1')).items[0].id}`);

/** The demo's trunk leads to our customer, and a colleague may sign in, who is a supervisor with a seat. */
async function prepare() {
  const headers = { authorization: `Bearer ${carillon.tokens.admin}`, 'content-type': 'application/toml' };
  const queue = await (await fetch(`${carillon.http}/api/v1/center/queues/vip`, { headers })).json();
  const file = await (await fetch(`${carillon.http}/api/v1/center/file`, { headers })).text();
  const body = file
    .replace(/(\[trunk\.demo\][^[]*?destination = ")[^"]*"/, `$1udp:127.0.0.1:${customer.port}"`)
    .replace(/\[user\.emma-clarke\]/, '[user.emma-clarke]\npassword = { plain = "carillon" }\nrole = "supervisor"');
  const put = await fetch(`${carillon.http}/api/v1/center/file?accept_warnings=true`, {
    method: 'PUT',
    headers: { ...headers, 'if-match': `"${queue.version}"` },
    body,
  });
  assert.equal(put.status, 200, await put.text());
}

async function person(name) {
  const browser = await openBrowser(HERTZ[name]);
  browsers.push(browser);
  const desk = await browser.person();
  await desk.page.addInitScript(EAR);
  desks[name] = desk;
  return desk;
}

before(async () => {
  [carillon, customer] = await Promise.all([startCarillon(), answerCalls({ hertz: CUSTOMER_HZ })]);
  await prepare();
  const [lin, emma] = [await person('lin'), await person('emma')];
  await lin.page.goto(carillon.links.agent);
  await emma.signIn(carillon.http, 'emma-clarke');
  await lin.startShift();
  await emma.startShift();
});

after(async () => {
  for (const browser of browsers) await browser.close();
  await carillon?.stop();
  customer?.close();
});

/** Whoever is in a wrap-up saves it. */
afterEach(async () => {
  customer.manner.refuse = null;
  for (const desk of [desks.lin, desks.emma]) {
    const idle = desk.page.locator('[data-test=call-bar][data-phase=idle]');
    await desk.test('done').or(idle).first().waitFor();
    if (await desk.test('done').count()) await desk.test('done').click({ timeout: 2_000 }).catch(() => undefined);
    await idle.waitFor();
    assert.deepEqual(desk.errors, []);
  }
});

/** Lin calls the customer and talks. */
async function talk() {
  const { lin } = desks;
  await lin.test('dial-field').fill(NUMBER);
  await lin.press('Enter');
  await lin.phase('talking');
  await eventually('the customer is there', () => customer.up);
}

async function move(query, keys) {
  const { lin } = desks;
  await lin.press('F9');
  await lin.test('box-query').fill(query);
  await lin.page.locator('[role=option][aria-selected=true]').waitFor();
  await lin.press(keys);
}

const others = (name, state) => desks[name].page.locator(`[data-test=other][data-state=${state}]`).waitFor();
const pick = async (name) => {
  const desk = desks[name];
  await desk.phase('ringing');
  await desk.test('call-answer').and(desk.page.locator('[aria-disabled=false]')).waitFor();
  await desk.press('F2');
  await desk.phase('talking');
};

test('an agent calls somebody, asks a colleague, swaps, joins all and leaves', async () => {
  const { lin, emma } = desks;
  await talk();
  assert.equal(customer.called.at(-1), '+8613800138055', 'as written, dialled as the country does');
  await lin.test('we-call').waitFor();
  await ears({ lin: 'customer', customer: 'lin' });
  await move('emma', 'Enter');
  await others('lin', 'ringing');
  await emma.phase('ringing');
  assert.match(await emma.test('handed').textContent(), /Lin Yue.*asks you/);
  await pick('emma');
  await others('lin', 'consulted');
  await emma.page.locator('[data-test=part][data-state=consulted]').waitFor();
  await ears({ lin: 'emma', emma: 'lin', customer: '' });
  assert.deepEqual([...(await lin.violations()), ...(await emma.violations())], []);
  await lin.press('F7');
  await others('lin', 'waiting');
  await ears({ lin: 'customer', customer: 'lin' });
  await lin.press('F7');
  await others('lin', 'consulted');
  await lin.press('Shift+F8');
  await others('lin', 'joined');
  await ears({ lin: 'customer emma', emma: 'customer lin', customer: 'emma lin' });
  await lin.press('Shift+F9');
  await lin.phase('idle');
  await emma.page.locator('[data-test=part]').waitFor({ state: 'detached' });
  await ears({ emma: 'customer', customer: 'emma' });
  await emma.press('Shift+F2');
  await eventually('the customer hears the end', () => !customer.up);
  const row = await eventually('the outcome', async () => ((await last()).outcome ? last() : null));
  const kinds = row.events.map(({ kind }) => kind);
  for (const kind of ['call.dialled', 'call.consulted', 'call.consult_answered', 'call.merged', 'call.transferred']) {
    assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
  }
  assert.deepEqual([row.direction, row.outcome, row.agent_name], ['outbound', 'handled', 'Emma Clarke']);
});

test('sent on without a word, with a note; declined, it comes back', async () => {
  const { lin, emma } = desks;
  await talk();
  await lin.press('F9');
  await lin.test('box-query').fill('emma');
  await lin.page.locator('[role=option][aria-selected=true]').waitFor();
  await lin.test('box-note').fill('wants an invoice 发票');
  await lin.press('Shift+Enter');
  await emma.phase('ringing');
  assert.equal(await emma.test('handed-note').textContent(), 'wants an invoice 发票');
  await lin.phase('idle');
  await emma.test('call-decline').click();
  await lin.phase('ringing');
  await lin.page.locator('[data-test=handed][data-how=returned]').waitFor();
  await pick('lin');
  await ears({ lin: 'customer', customer: 'lin' });
  await move('emma', 'Shift+Enter');
  await pick('emma');
  await ears({ emma: 'customer', customer: 'emma' });
  await emma.press('Shift+F2');
});

test('who is asked can leave by the button, and whoever is asked in vain is told why', async () => {
  const { lin, emma } = desks;
  await talk();
  await move('emma', 'Enter');
  await pick('emma');
  await others('lin', 'consulted');
  await emma.press('Shift+F2');
  await emma.phase('idle');
  await lin.test('others').waitFor({ state: 'detached' });
  await move('emma', 'Enter');
  await emma.phase('ringing');
  await emma.test('call-decline').click();
  await lin.page.getByText(/Emma Clarke: declined/).waitFor();
  await lin.press('F8');
  await lin.phase('talking');
  await ears({ lin: 'customer', customer: 'lin' });
  await lin.press('Shift+F2');
});

test('busy, an impossible number and a redial are said in words', async () => {
  const { lin } = desks;
  customer.manner.refuse = '486 Busy Here';
  await lin.test('dial-field').fill(NUMBER);
  await lin.press('Enter');
  await lin.test('tried').getByText('busy').waitFor();
  await lin.test('dial-field').fill('130');
  await lin.press('Enter');
  await lin.page.getByText('This is not a number that can be called.').waitFor();
  customer.manner.refuse = null;
  await lin.test('dial-field').fill('');
  await lin.test('redial').click();
  await lin.phase('talking');
  await lin.press('Shift+F2');
});

test('a supervisor without a seat listens, whispers, barges in and leaves, by keys on the row', async () => {
  const meng = await person('meng');
  await meng.page.goto(carillon.links.supervisor);
  await meng.test('agent-lin').waitFor();
  const { lin } = desks;
  await talk();
  await meng.test('listen-lin').focus();
  await meng.press('l');
  await meng.page.locator('[data-test=watch-bar][data-how=listen][data-heard=true]').waitFor();
  await others('lin', 'listening');
  await ears({ meng: 'customer lin', lin: 'customer', customer: 'lin' });
  assert.deepEqual(await meng.violations(), []);
  await meng.press('w');
  await others('lin', 'whispering');
  await ears({ lin: 'customer meng', customer: 'lin' });
  await meng.press('b');
  await others('lin', 'barging');
  await ears({ meng: 'customer lin', lin: 'customer meng', customer: 'lin meng' });
  await meng.test('watch-leave').click();
  await lin.test('others').waitFor({ state: 'detached' });
  await ears({ lin: 'customer', customer: 'lin' });
  await lin.press('Shift+F2');
  assert.deepEqual(meng.errors, []);
});

test('a supervisor with a seat takes a call by T on the row, once it is heard', async () => {
  const { lin, emma } = desks;
  await talk();
  await emma.page.evaluate(() => void (location.hash = '#/board'));
  await emma.test('listen-lin').waitFor();
  await emma.test('listen-lin').focus();
  await emma.press('t');
  await emma.page.locator('.notices').getByText('Join the call first').waitFor();
  await emma.press('l');
  await emma.page.locator('[data-test=watch-bar][data-how=listen][data-heard=true]').waitFor();
  await others('lin', 'listening');
  await ears({ emma: 'customer lin', lin: 'customer', customer: 'lin' });
  await emma.test('listen-lin').focus();
  await emma.press('t');
  await lin.phase('idle');
  await emma.phase('talking');
  assert.equal(await emma.page.evaluate(() => location.hash), '#/');
  await emma.test('watch-bar').waitFor({ state: 'detached' });
  await ears({ emma: 'customer', customer: 'emma' });
  await emma.press('Shift+F2');
  await eventually('the customer hears the end', () => !customer.up);
  const row = await eventually('the outcome', async () => ((await last()).outcome ? last() : null));
  assert.deepEqual([row.outcome, row.agent_name], ['handled', 'Emma Clarke']);
});
