/**
 * A caller made of SIPp: dials, speaks a tone, presses keys (RFC 4733), hangs up or waits for the other side.
 *
 * SIPp does not listen, so its signalling and its audio go through a relay of ours, which keeps what the caller
 * hears. The relay changes nothing but the ports of the audio.
 */

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beep, linear, mulaw } from './sound.mjs';

const FRAME_MS = 20;
const SAMPLES = 160;
/** A key is pressed for so many frames; its end is told three times. */
const KEY_FRAMES = 8;
const EVENT = 101;
const SPEAKS_MS = 90_000;

const bound = () =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => resolve(socket));
  });

/** `keys`: `[{ afterMs, key }]`, from the answer on. `endsAfterMs`: the caller hangs up; without it the other side does. */
export async function sippCall({ sip, number, from, hertz = 1000, keys = [], endsAfterMs = null }) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-sipp-'));
  const relay = await openRelay(sip);
  const sound = join(folder, 'voice.pcap');
  await writeFile(sound, voice(hertz, keys));
  const scenario = join(folder, 'caller.xml');
  await writeFile(scenario, SCENARIO(from, sound, endsAfterMs));
  const local = await bound();
  const { port } = local.address();
  await new Promise((resolve) => local.close(resolve));
  const flags = ['-sf', scenario, '-s', number, '-m', '1', '-i', '127.0.0.1', '-mp', String(port & ~1), '-timeout', '180'];
  const sipp = spawn('sipp', [`127.0.0.1:${relay.port}`, ...flags, '-nostdin', '-trace_err'], { cwd: folder, stdio: 'ignore' });
  const over = new Promise((resolve, reject) => {
    sipp.once('error', reject);
    sipp.once('exit', (code) => resolve(code));
  });
  let closed = false;
  return {
    /** SIPp's exit code: 0 when the whole scenario went as written. */
    over,
    /** What the caller heard so far, as samples. */
    heard: relay.heard,
    async close() {
      if (closed) return;
      closed = true;
      sipp.kill('SIGKILL');
      await over.catch(() => undefined);
      relay.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Signalling both ways; audio both ways through ports of its own. */
async function openRelay(sip) {
  const [host, port] = sip.split(':');
  const [inside, outside, audioIn, audioOut] = [await bound(), await bound(), await bound(), await bound()];
  const samples = [];
  let caller = null;
  let [callersAudio, serversAudio] = [null, null];
  // Ports of this range have five digits on both sides: the length of the body stays.
  const moved = (bytes, to, learn) => {
    const text = bytes.toString('latin1');
    const found = /m=audio (\d{5}) /.exec(text);
    if (!found) return bytes;
    learn(Number(found[1]));
    return Buffer.from(text.replace(/m=audio \d{5} /, `m=audio ${to} `), 'latin1');
  };
  inside.on('message', (bytes, { port: source }) => {
    caller = source;
    outside.send(moved(bytes, audioOut.address().port, (at) => (callersAudio = at)), Number(port), host);
  });
  outside.on('message', (bytes) => {
    if (caller) inside.send(moved(bytes, audioIn.address().port, (at) => (serversAudio = at)), caller, '127.0.0.1');
  });
  audioIn.on('message', (bytes) => serversAudio && audioOut.send(bytes, serversAudio, host));
  audioOut.on('message', (bytes) => {
    if ((bytes[1] & 0x7f) === 0) for (const byte of bytes.subarray(12)) samples.push(linear(byte));
    if (callersAudio) audioIn.send(bytes, callersAudio, '127.0.0.1');
  });
  return {
    port: inside.address().port,
    heard: () => Float32Array.from(samples),
    close: () => [inside, outside, audioIn, audioOut].forEach((socket) => socket.close()),
  };
}

/** A capture file that SIPp replays: a tone as G.711, and keys as telephone events. */
function voice(hertz, keys) {
  const capture = [Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')];
  for (let frame = 0; frame < SPEAKS_MS / FRAME_MS; frame++) {
    const pressed = keys.find(({ afterMs }) => frame >= afterMs / FRAME_MS && frame < afterMs / FRAME_MS + KEY_FRAMES + 3);
    const start = pressed ? pressed.afterMs / FRAME_MS : frame;
    const payload = pressed
      ? event(pressed.key, frame - start)
      : Buffer.from(Array.from({ length: SAMPLES }, (_, i) => mulaw(beep(hertz, frame * SAMPLES + i))));
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8((pressed ? EVENT : 0) | (pressed && frame === start ? 0x80 : 0), 1);
    header.writeUInt16BE((frame + 1) & 0xffff, 2);
    header.writeUInt32BE(start * SAMPLES, 4);
    header.writeUInt32BE(0x511b0001, 8);
    capture.push(record(frame * FRAME_MS, Buffer.concat([header, payload])));
  }
  return Buffer.concat(capture);
}

function event(key, age) {
  const payload = Buffer.from(['0123456789*#'.indexOf(key), (age >= KEY_FRAMES ? 0x80 : 0) | 10, 0, 0]);
  payload.writeUInt16BE((Math.min(age, KEY_FRAMES - 1) + 1) * SAMPLES, 2);
  return payload;
}

/** Ethernet, IPv4, UDP around one packet; SIPp looks at the payload alone. */
function record(ms, payload) {
  const frame = Buffer.alloc(42 + payload.length);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt16BE(0x4500, 14);
  frame.writeUInt16BE(28 + payload.length, 16);
  frame.writeUInt16BE(0x4011, 22);
  frame.writeUInt32BE(0x7f000001, 26);
  frame.writeUInt32BE(0x7f000001, 30);
  frame.writeUInt16BE(10_000, 34);
  frame.writeUInt16BE(10_002, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  payload.copy(frame, 42);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(ms / 1000), 0);
  head.writeUInt32LE((ms % 1000) * 1000, 4);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}

const parties = (from) => `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:${from}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
Max-Forwards: 70`;

const SCENARIO = (from, sound, endsAfterMs) => `<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="caller">
<send retrans="500"><![CDATA[

INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${parties(from)}
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 ${EVENT}
a=rtpmap:0 PCMU/8000
a=rtpmap:${EVENT} telephone-event/8000
a=fmtp:${EVENT} 0-15
a=ptime:20

]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[

ACK [next_url] SIP/2.0
${parties(from)}
CSeq: 1 ACK
Content-Length: 0

]]></send>
<nop><action><exec play_pcap_audio="${sound}"/></action></nop>
${
  endsAfterMs === null
    ? '<recv request="BYE"/><send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>'
    : `<pause milliseconds="${endsAfterMs}"/><send retrans="500"><![CDATA[

BYE [next_url] SIP/2.0
${parties(from)}
CSeq: 2 BYE
Content-Length: 0

]]></send><recv response="200"/>`
}
</scenario>
`;
