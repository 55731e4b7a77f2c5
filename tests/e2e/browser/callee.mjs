/** Somebody outside who is called over UDP: rings, answers with a tone or refuses, and keeps what is heard. */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

import { beep, linear, mulaw } from './sound.mjs';

const PACKET_MS = 20;
const SAMPLES = 160;

const bound = () =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => resolve(socket));
  });

/** `manner.refuse`: a SIP status line to refuse with (`486 Busy Here`); may be changed between calls. */
export async function answerCalls({ hertz = 1000, ringMs = 300 } = {}) {
  const [signalling, media] = [await bound(), await bound()];
  const tag = randomBytes(6).toString('hex');
  let [talk, call, samples] = [null, null, []];
  const callee = {
    port: signalling.address().port,
    manner: { refuse: null },
    /** Numbers that were called, as they arrived. */
    called: [],
    /** The call that is up: `null` before and after. */
    up: false,
    /** What was heard since it was last asked for, as samples. */
    hear() {
      const heard = Float32Array.from(samples);
      samples = [];
      return heard;
    },
    close() {
      clearInterval(talk);
      signalling.close();
      media.close();
    },
  };

  function reply(request, status, body = '') {
    const kept = request.lines.filter((line) => /^(via|from|call-id|cseq|record-route):/i.test(line));
    const to = request.lines.find((line) => /^to:/i.test(line));
    const own = status.startsWith('100') || /;tag=/.test(to) ? to : `${to};tag=${tag}`;
    const lines = [
      `SIP/2.0 ${status}`,
      ...kept,
      own,
      `Contact: <sip:callee@127.0.0.1:${callee.port}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    signalling.send(`${lines.join('\r\n')}\r\n\r\n${body}`, request.port, request.address);
  }

  const answer = () =>
    ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${media.address().port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', ''].join('\r\n');

  function speak(to) {
    const header = randomBytes(12);
    let [sequence, at] = [1, 0];
    const start = performance.now();
    function packet() {
      header.writeUInt16BE(0x8000, 0);
      header.writeUInt16BE(sequence & 0xffff, 2);
      header.writeUInt32BE(at, 4);
      media.send(Buffer.concat([header, Buffer.from(Array.from({ length: SAMPLES }, (_, i) => mulaw(beep(hertz, at + i))))]), to.port, to.host);
      [sequence, at] = [sequence + 1, at + SAMPLES];
    }
    clearInterval(talk);
    // By the clock: a timer that comes late must not make the voice slow.
    talk = setInterval(() => {
      while (sequence * PACKET_MS <= performance.now() - start) packet();
    }, PACKET_MS / 2);
  }

  function over() {
    clearInterval(talk);
    [call, callee.up] = [null, false];
  }

  function invited(request) {
    if (/;tag=/.test(request.lines.find((line) => /^to:/i.test(line)))) return reply(request, '200 OK', answer());
    if (call === request.id) return;
    callee.called.push(/^INVITE sip:([^@]+)@/.exec(request.first)?.[1] ?? '');
    if (callee.manner.refuse) return reply(request, callee.manner.refuse);
    call = request.id;
    reply(request, '180 Ringing');
    setTimeout(() => {
      if (call !== request.id) return;
      reply(request, '200 OK', answer());
      speak({ host: /c=IN IP4 (\S+)/.exec(request.body)[1], port: Number(/m=audio (\d+)/.exec(request.body)[1]) });
      callee.up = true;
    }, ringMs);
  }

  signalling.on('message', (bytes, { address, port }) => {
    const [head, ...rest] = bytes.toString().split('\r\n\r\n');
    const [first, ...lines] = head.split('\r\n');
    const id = lines.find((line) => /^call-id:/i.test(line));
    const request = { first, lines, id, body: rest.join('\r\n\r\n'), address, port };
    const [method] = first.split(' ');
    if (method === 'INVITE') invited(request);
    else if (method !== 'ACK' && !first.startsWith('SIP/2.0')) {
      reply(request, '200 OK');
      if (method === 'BYE' || method === 'CANCEL') over();
    }
  });
  media.on('message', (bytes) => {
    if ((bytes[1] & 0x7f) === 0) for (const byte of bytes.subarray(12)) samples.push(linear(byte));
  });
  return callee;
}
