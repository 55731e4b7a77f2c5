/**
 * A stand-in for the server while the pages are being made: `npm run mock`, then `npm run dev`, or
 * open http://127.0.0.1:8080 for the built pages. It speaks `docs/api.md` from a script, has no calls
 * and no media. `POST /mock {"scene": NAME}` shows a state; see `SCENES`. Any name and password do;
 * a name beginning with "sup" is a supervisor, with "adm" an administrator.
 */

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { WebSocketServer } from 'ws';

import * as records from './records.mjs';
import * as reports from './reports.mjs';
import * as sample from './sample.mjs';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const EPOCH = randomUUID();
const micros = () => Date.now() * 1000;

let who = null;
let shadow = { state: 'off' };
let seq = 1;
const sockets = new Set();
const everybody = new Set();
const desk = { state: { state: 'not_ready', reason: 'signed-in' }, since: micros(), next: null, phone: true, pop: null, call: null };

const envelope = (type, data, numbered, more = {}) =>
  JSON.stringify({ v: 1, seq: numbered ? seq : 0, epoch: EPOCH, at: new Date().toISOString(), type, data, ...more });

function push(type, data) {
  seq += 1;
  for (const socket of sockets) socket.send(envelope(type, data, true));
}

function become(state, next = null) {
  Object.assign(desk, { state, since: micros(), next });
  if (['ready', 'not_ready', 'signed_out'].includes(state.state)) Object.assign(desk, { pop: null, call: null });
  push('agent.state_changed', { state, since: desk.since, next });
}

function ring(pop) {
  desk.pop = pop;
  push('pop.shown', pop);
  become({ state: 'reserved', reservation: pop.reservation, contact: 3, until: micros() + 18e6 });
}

function talk(state, agoS = 0) {
  const view = { interaction: desk.pop.interaction, state, since: micros() - agoS * 1e6, caller_shown: desk.pop.caller_shown, recording: true, ended_by: null };
  desk.call = view;
  push('call.state_changed', view);
  if (desk.state.state !== 'busy') become({ state: 'busy', contact: 3 }, desk.next);
}

/** Somebody calls out, or is in a call with others: `more` of the view. */
function with_(state, more, agoS = 20) {
  talk(state, agoS);
  desk.call = { ...desk.call, ...more };
  push('call.state_changed', desk.call);
}

const other = (name, state, agent) => ({ id: [...name].reduce((sum, letter) => 31 * sum + letter.codePointAt(0), 7) % 1e6, agent, name, state, since: micros() - 9e6 });
const handed = (how, note) => ({ ...sample.pop('known'), handed: { how, by: 8, name: '陈思远', note } });

/** A call that the line did not give. */
function pop(shown, more) {
  desk.pop = shown;
  push('pop.shown', shown);
  become({ state: 'busy', contact: 3 });
  with_('ringing', more);
}

function wrapUp() {
  push('call.state_changed', { ...desk.call, state: 'ended', since: micros(), ended_by: 'customer' });
  const until = micros() + 30e6;
  become({ state: 'wrap_up', contact: 3, until }, desk.next);
  push('wrap_up.started', { interaction: desk.pop.interaction, until });
}

/** In passing, to whoever is there. */
function tell(type, data) {
  for (const socket of everybody) socket.send(envelope(type, data, false));
}

const SCENES = {
  'not-ready': () => become({ state: 'not_ready', reason: 'break' }),
  ready: () => become({ state: 'ready' }),
  'ring-known': () => ring(sample.pop('known')),
  'ring-several': () => ring(sample.pop('several')),
  'ring-unknown': () => ring(sample.pop('unknown')),
  'ring-withheld': () => ring(sample.pop('withheld')),
  'few-agents': () => sample.crowd(10, 4),
  'queues-3': () => sample.crowd(10, 3),
  'queues-40': () => sample.crowd(140, 40),
  'queues-200': () => sample.crowd(2000, 200),
  talking: () => talk('talking', 83),
  held: () => talk('held', 12),
  parked: () => talk('parked'),
  dialing: () => pop({ ...sample.pop('known'), direction: 'outbound', queue: '', menu_path: [], why: { en: '', zh: '' } }, { direction: 'outbound' }),
  asked: () => pop(handed('consulted', ''), { part: 'ringing' }),
  sent: () => pop(handed('transferred', 'Size 13, before 17 May 戒指改圈')),
  consulting: () => with_('held', { others: [other('陈思远', 'consulted', 8), other('meng', 'listening')] }),
  joined: () => with_('talking', { others: [other('陈思远', 'joined', 8), other('021 5550 0188', 'muted')] }),
  'wrap-up': () => wrapUp(),
  help: () => push('help.changed', { help: { since: micros() - 34e6, words: '客户要求退款 5,000 元', seen_by: 'meng' } }),
  notice: () => push('notice.shown', { id: 91, at: micros(), by: 'meng', words: '五点开会 / Meeting at five, second floor.' }),
  flags: () => sample.flag(true),
  'flags-over': () => sample.flag(false),
  slots: () => push('parked.changed', { parked: sample.parked(micros()) }),
  missed: () => {
    push('pop.withdrawn', { reservation: desk.pop.reservation, interaction: desk.pop.interaction, why: 'no_answer' });
    become({ state: 'not_ready', reason: 'no-answer' });
  },
};

const COMMANDS = {
  'help.ask': ({ words }) => push('help.changed', { help: { since: micros(), words } }),
  'help.withdraw': () => push('help.changed', { help: null }),
  'notice.read': ({ notice }) => push('notice.read', { notice }),
  'presence.ready': () => (busy() ? later({ state: 'ready' }) : become({ state: 'ready' })),
  'presence.not_ready': ({ reason }) =>
    busy() ? later({ state: 'not_ready', reason }) : become({ state: 'not_ready', reason }),
  'presence.sign_out': () => become({ state: 'signed_out' }),
  'call.hold': () => talk('held'),
  'call.resume': () => talk('talking'),
  'call.hang_up': () => wrapUp(),
  'wrap_up.save': ({ done }) => done && become(desk.next ?? { state: 'ready' }),
  'wrap_up.extend': () => become({ ...desk.state, until: desk.state.until + 30e6 }, desk.next),
  'pop.choose': ({ customer }) => {
    const chosen = sample.customers('').find(({ id }) => id === customer);
    desk.pop = { ...desk.pop, customer: chosen, candidates: [] };
    push('pop.updated', desk.pop);
  },
};
const busy = () => ['reserved', 'busy', 'wrap_up'].includes(desk.state.state);
const later = (next) => {
  desk.next = next;
  push('agent.state_changed', { state: desk.state, since: desk.since, next });
};

const API = {
  'POST /sign-in': ({ user }) => ((who = sample.me(user)), who),
  'POST /sign-in/link': ({ token }) => ((who = sample.me(token)), who),
  'POST /sign-out': () => ((who = null), null),
  'GET /me': () => who,
  'GET /center': () => sample.center,
  'GET /center/queues': () => sample.allQueues(),
  'POST /ws-tickets': () => ({ ticket: randomUUID(), expires_in_s: 30 }),
  'GET /customers': (_, query) => ({ items: sample.customers(query.get('q')) }),
  'POST /customers': (draft) => sample.create(draft),
  'GET /tasks': () => ({ items: sample.tasks() }),
  'GET /inbox': () => ({ items: [], unread: 0, next: null }),
  'GET /shadow': () => shadow,
  'POST /shadow': () => ((shadow = sample.shadow()), null),
  'DELETE /shadow': () => ((shadow = { state: 'off' }), null),
  'GET /statistics': (_, query) => sample.statistics(query),
  'GET /resolution': (_, query) => sample.resolution(query.get('by'), Number(query.get('days'))),
  'GET /reports': () => reports.list(),
  'GET /colleagues': () => sample.colleagues(micros()),
  'GET /callbacks': () => ({ items: sample.callBacks(), next: null }),
  'GET /tokens': () => ({ items: sample.tokens() }),
  'POST /tokens': (wanted) => sample.addToken(wanted),
  'POST /what-if': () => sample.whatIf(),
  'POST /rehearsal': ({ queue }) => sample.rehearsal(queue),
  'GET /board': (_, query) => sample.pastBoard(Number(query.get('at'))),
  'POST /agents/presence': (wish) => sample.together(wish),
  'GET /alerts': () => sample.alertLog(),
  'GET /alerts/901': () => sample.alertPast(),
  'GET /waiting': (_, query) => sample.waiting(query.get('queue')),
  'GET /center/versions': () => sample.versions(),
  'GET /interactions': () => ({ items: sample.interactions(), next: null }),
};

async function api(request, response, url) {
  const path = url.pathname.replace('/api/v1', '');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const calendar = request.headers['content-type'] === 'text/calendar';
  const body = chunks.length > 0 && !calendar ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  const answer = (status, value) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const id = /^\/interactions\/([^/]+)(\/recording)?$/.exec(path);
  if (!who && !path.startsWith('/sign-in')) return answer(401, { code: 'not_signed_in', detail: '' });
  if (body.password === 'wrong') return answer(401, { code: 'bad_credentials', detail: '' });
  if (id?.[2]) {
    response.writeHead(200, { 'content-type': 'audio/wav' });
    return response.end(sample.recording());
  }
  if (id) return answer(200, sample.interaction(id[1]));
  if (/^\/interactions\/[^/]+\/sip$/.test(path)) return answer(200, { items: sample.sipMessages() });
  const told = records.answer(request.method, path, body, url.searchParams, tell);
  if (told) return answer(...told);
  const report = /^\/reports\/(.+)$/.exec(path);
  if (report) return answer(200, reports.answer(report[1], url.searchParams));
  const queue = /^\/center\/queues\/(.+)$/.exec(path);
  if (queue && request.method === 'GET') return answer(200, sample.rules(queue[1]));
  if (queue) return answer(200, request.method === 'PUT' ? sample.created(queue[1]) : sample.prospect(body));
  if (/^\/center\/versions\/\d+$/.test(path)) return answer(200, { changes: sample.prospect({ ring_s: 12 }).changes });
  if (calendar) return answer(200, sample.holidays());
  const handler = API[`${request.method} ${path}`];
  const known = /^\/customers\/(\d+)$/.exec(path);
  if (known && request.method === 'PUT') {
    const told = sample.replace(Number(known[1]), Number((request.headers['if-match'] ?? '').replaceAll('"', '')), body);
    return answer(told.status, told.body);
  }
  if (known) return sample.customer(Number(known[1])) ? answer(200, sample.customer(Number(known[1]))) : answer(404, { code: 'not_found', detail: path });
  if (/^\/callbacks\/./.test(path)) return (sample.cancel(path.split('/')[2]), response.writeHead(204).end());
  if (/^\/tokens\/\d+$/.test(path)) return (sample.revoke(Number(path.split('/')[2])), response.writeHead(204).end());
  if (/^\/center\/versions\/\d+\/restore$/.test(path)) return answer(200, sample.prospect({ ring_s: 12, max_wait_s: 600 }));
  if (/^\/tasks\/\d+\/done$/.test(path)) return (sample.complete(Number(path.split('/')[2])), response.writeHead(204).end());
  return handler ? answer(200, handler(body, url.searchParams)) : answer(404, { code: 'not_found', detail: path });
}

async function file(response, path) {
  const name = normalize(path === '/' ? '/index.html' : path);
  const text = await readFile(join(DIST, name)).catch(() => null);
  if (!text) return response.writeHead(404).end();
  const headers = { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': POLICY };
  return response.writeHead(200, headers).end(text);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname === '/mock') {
    for await (const chunk of request) SCENES[JSON.parse(chunk).scene]?.();
    return response.writeHead(204).end();
  }
  return url.pathname.startsWith('/api/') ? api(request, response, url) : file(response, url.pathname);
});

const events = new WebSocketServer({ noServer: true });
const phone = new WebSocketServer({ noServer: true, handleProtocols: () => 'sip' });

events.on('connection', (socket) => {
  everybody.add(socket);
  socket.on('close', () => (sockets.delete(socket), everybody.delete(socket)));
  socket.on('message', (text) => {
    const { id, type, ...fields } = JSON.parse(text);
    if (type !== 'hello') {
      COMMANDS[type]?.(fields);
      socket.send(envelope('reply', { result: 'done' }, false, { id }));
      return;
    }
    socket.send(envelope('welcome', { resumed: false, topics: fields.topics, heartbeat_s: 10 }, false));
    if (fields.topics.includes('agent')) {
      sockets.add(socket);
      const { state, since, next, pop, call } = desk;
      const today = { handled: 12, missed: 1, talk_ms: 2_710_000 };
      socket.send(envelope('snapshot', { agent: 7, state, since, next, phone_reachable: true, pop, call, today }, true));
    }
    if (fields.topics.includes('board')) {
      let change = 1;
      socket.send(envelope('board', sample.board(), false));
      // The first queue is lively.
      const timer = setInterval(() => {
        change += 1;
        const data = { change, at: micros(), calls_active: 9 + (change % 3), queues: [{ id: 1, waiting: change % 4 }] };
        socket.send(envelope('board.changed', data, false));
      }, 2000);
      socket.on('close', () => clearInterval(timer));
    }
  });
});

// Every SIP request is accepted: enough for REGISTER.
phone.on('connection', (socket) => {
  socket.on('message', (bytes) => {
    const lines = bytes.toString().split('\r\n');
    if (!lines[0]?.startsWith('REGISTER')) return;
    const kept = lines.filter((line) => /^(Via|From|To|Call-ID|CSeq|Contact):/i.test(line));
    const answer = kept.map((line) => (line.startsWith('To:') ? `${line};tag=mock` : line));
    socket.send(['SIP/2.0 200 OK', ...answer, 'Expires: 120', 'Content-Length: 0', '', ''].join('\r\n'));
  });
});

server.on('upgrade', (request, socket, head) => {
  const to = request.url.startsWith('/sip') ? phone : events;
  to.handleUpgrade(request, socket, head, (open) => to.emit('connection', open, request));
});

const port = Number(process.env.PORT ?? 8080);
server.listen(port, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${server.address().port}`));
