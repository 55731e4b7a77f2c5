/** Somebody who phones the hotline: one SIP call over UDP, a tone as voice. Only what a test needs. */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

import { beep, mulaw } from './sound.mjs';

const PACKET_MS = 20;
const SAMPLES = 160;
const RETRY_MS = 500;
/** The payload type of RFC 4733 in the offer below. */
const EVENTS = 101;

const token = () => randomBytes(6).toString('hex');
const bound = (socket) => new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)));

/** `stays`: agrees to new media in the middle of the call, as telephones do. */
export async function call({ sip, number, from, hertz = 1000, stays = false }) {
  const [host, port] = sip.split(':');
  const [signalling, media] = [createSocket('udp4'), createSocket('udp4')];
  const [ownPort, mediaPort] = [await bound(signalling), await bound(media)];
  const callId = `${token()}@test`;
  const fromTag = token();
  const uri = `sip:${number}@${sip}`;
  const ownUri = from ? `<sip:${from}@127.0.0.1>` : '"Anonymous" <sip:anonymous@anonymous.invalid>';
  const caller = { status: 0, heard: 0, keys: new Set(), ended: null, answeredAt: null };
  let [toTag, target, cseq, invite, retry, talk] = ['', uri, 1, null, null, null];
  /** Where the voice goes to. */
  const ear = { host, port: 0 };
  let hungUp;
  const over = new Promise((resolve) => (hungUp = resolve));

  const send = (text) => signalling.send(text, Number(port), host);
  const request = (method, to, branch, number_, body = '') =>
    [
      `${method} ${to} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${ownPort};branch=z9hG4bK${branch};rport`,
      'Max-Forwards: 70',
      `From: ${ownUri};tag=${fromTag}`,
      `To: <${uri}>${toTag ? `;tag=${toTag}` : ''}`,
      `Call-ID: ${callId}`,
      `CSeq: ${number_} ${method}`,
      `Contact: <sip:test@127.0.0.1:${ownPort}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');

  function end(by) {
    if (caller.ended) return;
    caller.ended = by;
    clearInterval(retry);
    clearInterval(talk);
    hungUp(by);
  }

  const partner = (body) => ({ host: /c=IN IP4 (\S+)/.exec(body)[1], port: Number(/m=audio (\d+)/.exec(body)[1]) });

  function speak(to) {
    Object.assign(ear, to);
    const header = randomBytes(12);
    let [sequence, at] = [1, 0];
    talk ??= setInterval(() => {
      header.writeUInt16BE(0x8000, 0);
      header.writeUInt16BE(sequence++ & 0xffff, 2);
      header.writeUInt32BE(at, 4);
      const voice = Buffer.from(Array.from({ length: SAMPLES }, (_, i) => mulaw(beep(hertz, at + i))));
      media.send(Buffer.concat([header, voice]), ear.port, ear.host);
      at += SAMPLES;
    }, PACKET_MS);
  }

  function answered(status, headers, body) {
    caller.status = status;
    if (status === 100) return;
    clearInterval(retry);
    toTag = /;tag=([^;>\s]+)/.exec(headers.to)?.[1] ?? toTag;
    if (status < 200) return;
    target = /<([^>]+)>/.exec(headers.contact ?? '')?.[1] ?? uri;
    send(request('ACK', status < 300 ? target : uri, status < 300 ? token() : invite.branch, 1));
    if (status >= 300) return end('refused');
    caller.answeredAt ??= Date.now();
    speak(partner(body));
  }

  signalling.on('message', (bytes) => {
    const [head, ...rest] = bytes.toString().split('\r\n\r\n');
    const [first, ...lines] = head.split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => [line.split(':')[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    if (first.startsWith('SIP/2.0')) {
      if (headers.cseq.endsWith('INVITE')) answered(Number(first.split(' ')[1]), headers, rest.join('\r\n\r\n'));
      return;
    }
    const method = first.split(' ')[0];
    if (method === 'ACK') return;
    const kept = lines.filter((line) => /^(via|from|to|call-id|cseq):/i.test(line));
    if (method === 'INVITE' && stays) {
      const own = [`Contact: <sip:test@127.0.0.1:${ownPort}>`, 'Content-Type: application/sdp'];
      speak(partner(rest.join('\r\n\r\n')));
      return send(['SIP/2.0 200 OK', ...kept, ...own, `Content-Length: ${sdp.length}`, '', sdp].join('\r\n'));
    }
    send(['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n'));
    if (method === 'BYE') end('server');
  });
  media.on('message', (bytes) => {
    if ((bytes[1] & 0x7f) === EVENTS) caller.keys.add(bytes[12]);
    else caller.heard += 1;
  });

  const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${mediaPort} RTP/AVP 0 101`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=ptime:20', ''].join('\r\n');
  const branch = token();
  invite = { branch };
  send(request('INVITE', uri, branch, cseq, sdp));
  retry = setInterval(() => send(request('INVITE', uri, branch, cseq, sdp)), RETRY_MS);

  return Object.assign(caller, {
    over,
    hangUp() {
      if (caller.ended) return;
      if (caller.answeredAt) send(request('BYE', target, token(), ++cseq));
      else send(request('CANCEL', uri, branch, 1));
      end('caller');
    },
    close() {
      caller.hangUp?.();
      signalling.close();
      media.close();
    },
  });
}
