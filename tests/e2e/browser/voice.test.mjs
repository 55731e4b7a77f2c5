/** What every agent's browser must do: both voices, hold, keys, a reload in the call, and the truth when no sound comes. */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, describe, test } from 'node:test';

import { call } from './caller.mjs';
import { eventually, startCarillon } from './carillon.mjs';
import { BROWSERS } from './peers.mjs';
import { readWav, shareOf } from './sound.mjs';

const CALLER_HZ = 1000;
const AGENT_HZ = 440;
/** The server waits 10 s for the way through. */
const NO_SOUND_MS = 20_000;

const STUN_COOKIE = 0x2112a442;

for (const [name, open] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let carillon, browser, desk, stun;
    let asked = 0;
    const callers = [];

    async function phoneIn() {
      const caller = await call({ sip: carillon.sip, number: carillon.numbers.queue, from: '+8613900000001', hertz: CALLER_HZ });
      callers.push(caller);
      return caller;
    }
    const lastContact = async () => (await (await carillon.api('/interactions?limit=1')).json()).items[0];
    const contact = async (id) => (await carillon.api(`/interactions/${id}`)).json();
    const hearsCaller = () => eventually('the agent hears the caller', async () => (await desk.hears()) > 0.05);
    async function isHeardBy(caller) {
      const before = caller.heard;
      await eventually('the caller hears the agent', () => caller.heard > before + 25);
    }
    async function finish() {
      await desk.press('Shift+F2');
      await desk.phase('wrap_up');
      await desk.click('done');
      await desk.ready();
    }

    before(async () => {
      stun = createSocket('udp4').on('message', (bytes) => {
        if (bytes.length >= 20 && bytes.readUInt32BE(4) === STUN_COOKIE) asked += 1;
      });
      await new Promise((resolve) => stun.bind(0, '127.0.0.1', resolve));
      carillon = await startCarillon(['--set', `media.ice_urls=stun:127.0.0.1:${stun.address().port}`]);
      browser = await open(AGENT_HZ);
      desk = await browser.person();
      await desk.open(carillon.links.agent);
      await desk.startShift();
    });

    after(async () => {
      for (const caller of callers) caller.close();
      await browser?.close();
      await carillon?.stop();
      stun?.close();
    });

    test('both hear each other; hold, resume, keys', async () => {
      const caller = await phoneIn();
      await desk.answer();
      await desk.phase('talking');
      await hearsCaller();
      await isHeardBy(caller);
      assert.deepEqual((await desk.iceServers()).flatMap(({ urls }) => urls), [`stun:127.0.0.1:${stun.address().port}`]);
      // Firefox sends nothing to a STUN server at a loopback address.
      if (name === 'chromium') await eventually('the STUN server is asked', () => asked > 0);
      await desk.press('F8');
      await desk.phase('held');
      await desk.press('F8');
      await desk.phase('talking');
      await hearsCaller();
      await isHeardBy(caller);
      await desk.click('call-keypad');
      await desk.press('5');
      await eventually('the key at the caller', () => caller.keys.has(5));
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await desk.press('Escape');
      await finish();
      assert.equal(await caller.over, 'server');
      const { id } = await lastContact();
      assert.equal((await contact(id)).outcome, 'handled');
      const recording = await eventually('the recording', async () => {
        const response = await carillon.api(`/interactions/${id}/recording`).catch(() => null);
        const sound = response && readWav(await response.arrayBuffer());
        return sound?.seconds > 3 ? sound : null;
      });
      const [left, right] = recording.sides.map((side) => [CALLER_HZ, AGENT_HZ].map((hertz) => shareOf(side, recording.rate, hertz)));
      assert.ok(left[0] > 0.6 && left[1] < 0.1, `caller side: ${left}`);
      assert.ok(right[1] > 0.4 && right[0] < 0.1, `agent side: ${right}`);
    });

    test('a reload in the call', async () => {
      const caller = await phoneIn();
      await desk.answer();
      await desk.phase('talking');
      await desk.fill('notes', 'written before the reload');
      await desk.reload();
      await desk.shown('[data-test=call-mute][aria-disabled=false]');
      await desk.phase('talking');
      assert.equal(await desk.value('[data-test=notes]'), 'written before the reload');
      assert.equal(caller.ended, null, 'the caller is still there');
      await isHeardBy(caller);
      await hearsCaller();
      await finish();
    });

    test('no sound comes: the caller is kept, the agent is told, nothing counts as handled', async () => {
      await desk.loseServer(true);
      const caller = await phoneIn();
      await desk.answer();
      await desk.phase('connecting');
      await desk.phase('idle', NO_SOUND_MS);
      await eventually('why, in words', async () => /You picked up, but no sound came/.test(await desk.text('[data-test=idle]')));
      assert.match(await desk.text('[data-test=idle]'), /Nothing was heard from this computer/);
      assert.equal(caller.ended, null, 'the caller is still there');
      const { id } = await lastContact();
      const kept = await eventually('what happened', async () => {
        const row = await contact(id);
        return row.events.some(({ kind }) => kind === 'agent.no_media') ? row : null;
      });
      assert.equal(kept.outcome, null);
      assert.equal(kept.agent, null);
      assert.match(carillon.log(), /nothing was heard of the browser/);
      await desk.loseServer(false);
      await desk.click('go-ready');
      await desk.answer();
      await desk.phase('talking');
      await hearsCaller();
      await isHeardBy(caller);
      await finish();
      assert.equal((await contact(id)).outcome, 'handled');
      // Firefox tells a page's connection that fails as an error of the page.
      assert.deepEqual(desk.errors.filter((error) => !error.includes('ICE failed')), []);
    });
  });
}
