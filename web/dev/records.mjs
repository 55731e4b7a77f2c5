/** Records of the mock: four kinds of the shipped ones, and some of each, that live as long as the process. */

import { readFileSync } from 'node:fs';

export const kinds = JSON.parse(readFileSync(new URL('kinds.json', import.meta.url), 'utf8'));

const HOUR = 3_600_000;
const base = Date.now() - (Date.now() % HOUR);
const at = (hours) => new Date(base + hours * HOUR).toISOString().replace('.000Z', 'Z');
const micros = (hours) => (base + hours * HOUR) * 1000;
const CUSTOMERS = [
  { id: 4711, title: '王丽华' },
  { id: 12, title: 'Emma Whitfield' },
  { id: 13, title: 'Jean-Baptiste Delacroix-Montgomery de la Rochefoucauld' },
];
const SUBJECTS = [
  ['手表走时慢，每天约十五分钟', 'fault', 'high', 'open'],
  ['Bracelet came with the wrong engraving', 'complaint', 'urgent', 'escalated'],
  ['婚戒改圈，尺寸从十三号改为十二号', 'request', 'normal', 'working'],
  ['Where is my repair? Promised for last Tuesday and nobody has called since', 'complaint', 'high', 'waiting'],
  ['发票抬头开错', 'request', 'low', 'solved'],
  ['Return of a necklace, bought online', 'return', 'normal', 'closed'],
  ['How to wind an automatic watch', 'inquiry', 'low', 'closed'],
  ['定金退款纠纷', 'dispute', 'urgent', 'open'],
  ['Battery changed, still stops', 'fault', 'normal', 'working'],
];

let next = 100;
const made = (kind, title, state, customer, fields, number) => ({
  id: (next += 1),
  number,
  title,
  state,
  version: 3,
  customer,
  fields,
  created: micros(-next % 60),
  created_by: { id: 'ana', title: 'Ana Lindqvist' },
  updated: micros(-(next % 7)),
  updated_by: { id: 'meng', title: '孟浩' },
  may: { write: true, delete: true },
});

const all = {
  ticket: SUBJECTS.map(([subject, type, priority, state], i) =>
    made('ticket', subject, state, CUSTOMERS[i % 3], { subject, type, priority, description: `${subject}.`, owner: i % 2 ? { id: 'meng', title: '孟浩' } : null, due: at(i * 17 - 40), goodwill: null, parts: i === 0 ? [{ item: { id: 501, title: 'SR626SW' }, amount: '1', price: { amount: '20.00', currency: 'CNY' } }] : [] }, `T-2026-${String(i + 1).padStart(5, '0')}`),
  ),
  appointment: Array.from({ length: 14 }, (_, i) =>
    made('appointment', i % 2 ? '到店取表' : 'Fitting, second try', i < 3 ? 'kept' : i % 5 === 0 ? 'missed' : 'planned', CUSTOMERS[i % 3], { subject: i % 2 ? '到店取表' : 'Fitting, second try', type: i % 2 ? 'shop' : 'call', start: at(i * 9 - 30), length: '30m', place: '' }, `A-2026-${String(i + 1).padStart(5, '0')}`),
  ),
  note: [made('note', 'Prefers to be called after six', null, CUSTOMERS[0], { subject: 'Prefers to be called after six', category: 'wish', pinned: true }, null)],
  product: [],
  article: [
    ['Why does my watch run slow?', '为什么我的手表走慢了？', 'advisors', 12],
    ['How long does a repair take?', '维修需要多长时间？', '', 5],
    ['Can a ring be made smaller?', '戒指可以改小吗？', '', 0],
  ].flatMap(([en, zh, menu, helped]) =>
    [['en', en, 'It may be magnetised, or want oil.\nSay: {customer.name}, we look at it while you wait.'], ['zh', zh, '可能是受磁或缺油。\n可以这样说：{customer.name}，我们当场为您检测。']].map(([language, question, answer]) =>
      made('article', question, 'published', null, { question, answer, category: 'repair', audience: 'agents', language, menu, helped: String(helped) }, `K-000${next % 10}`),
    ),
  ),
  script: [
    made('script', 'Complaint / 投诉', 'live', null, { subject: 'Complaint / 投诉', purpose: 'complaint', queue: 'sales-zh', language: 'zh', greeting: '{customer.name}，您好，我是{agent.name}。请问有什么可以帮您？', closing: '感谢您的来电。', avoid: '这不归我管。', steps: [{ key: 'urgent', say: '这件事今天必须解决吗？', answer: 'priority', choices: '紧急 -> since, 普通 -> since' }, { key: 'since', say: '从什么时候开始的？', answer: 'since', choices: '' }, { key: 'thanks', say: '谢谢，已记录（{since}）。', answer: '', choices: '' }] }, 'S-0001'),
  ],
  template: [
    made('template', '维修报价 Repair estimate', 'released', null, { label: '维修报价 Repair estimate', channel: 'mail', purpose: 'inform', language: 'zh', subject: '关于 {ticket.number}', body: '{customer.name}，您好：\n\n您的维修费用为 {estimate}。\n\n{agent.name}\n{center.name}' }, 'M-0001'),
  ],
};
const histories = new Map();
const kindOf = (key) => kinds.find(({ kind }) => kind === key);
const head = ({ kind, name, names, group, icon, rank, version, of, beside, may }) => ({ kind, name, names, group, icon, rank, version, of, beside: beside ?? null, may });

function narrowed(key, query) {
  const rows = all[key].filter((record) =>
    [...query].every(([name, value]) => {
      if (name === 'q') return JSON.stringify(record).toLowerCase().includes(value.toLowerCase());
      if (name === 'state') return value.split(',').includes(record.state);
      if (name === 'customer') return record.customer?.id === Number(value);
      const [, how, field] = /^(field|from|to)\.(.+)$/.exec(name) ?? [];
      if (!field || value === '') return true;
      const own = record.fields[field]?.id ?? record.fields[field];
      if (how === 'field') return value.split(',').includes(String(own));
      return how === 'from' ? String(own ?? '') >= value : String(own ?? '~').slice(0, value.length) <= value;
    }),
  );
  const sort = query.get('sort') ?? '';
  const by = sort.replace('-', '');
  const value = (record) => String(record.fields[by] ?? record[by]?.title ?? record[by] ?? '');
  rows.sort((a, b) => (sort.startsWith('-') ? -1 : 1) * value(a).localeCompare(value(b)));
  const limit = Number(query.get('limit') ?? 50);
  return { records: rows.slice(0, limit), next: rows.length > limit ? 'more' : null, total: rows.length };
}

function change(record, kind, fields, more = {}) {
  const changed = Object.entries(fields).filter(([key, value]) => JSON.stringify(record.fields[key]) !== JSON.stringify(value));
  const said = changed.map(([field, after]) => ({ field, before: record.fields[field] ?? null, after }));
  Object.assign(record.fields, fields);
  Object.assign(record, { version: record.version + 1, updated: Date.now() * 1000, title: record.fields.subject ?? record.title });
  const list = histories.get(record.id) ?? [];
  histories.set(record.id, [{ id: list.length + 1, at: record.updated, by: 'ana', fields: [...said, ...(more.fields ?? [])], kind: more.kind ?? 'changed', step: more.step ?? null, text: null }, ...list]);
  return record;
}

/** `[status, body]`, or nothing where it is not about records. */
export function answer(method, path, body, query, push) {
  const parts = path.split('/').slice(1);
  const [room, key, id, what, which] = parts;
  if (room === 'customers' && id === 'records') {
    const of = Object.keys(all).map((kind) => ({ kind, ...narrowed(kind, new URLSearchParams({ customer: key })) }));
    return [200, { items: of.filter(({ records }) => records.length > 0).map(({ kind, records, total }) => ({ kind, records: records.slice(0, 5), total })) }];
  }
  if (room === 'kinds') return definition(method, key, id, body, push);
  if (room !== 'records') return null;
  const kind = kindOf(key);
  if (!kind) return [404, { code: 'not_found', detail: key }];
  if (!id && method === 'GET') return [200, narrowed(key, query)];
  if (!id) {
    const missing = kind.fields.filter(({ key, required }) => required && !body.fields[key]).map(({ key }) => ({ field: key, code: 'required', detail: '' }));
    if (missing.length > 0) return [422, { code: 'invalid', detail: '', fields: missing }];
    const record = made(key, body.fields.subject ?? body.fields.label, kind.life?.start ?? null, CUSTOMERS.find((one) => one.id === body.customer) ?? null, body.fields, `${key.slice(0, 1).toUpperCase()}-2026-${next}`);
    all[key].unshift(record);
    push('record.changed', { kind: key, id: record.id, version: 1, state: record.state });
    return [201, record];
  }
  const record = all[key].find((one) => one.id === Number(id));
  if (!record) return [404, { code: 'not_found', detail: id }];
  if (what === 'history') return [200, { changes: histories.get(record.id) ?? [{ id: 1, at: record.created, by: 'ana', kind: 'made', step: null, text: null, fields: [] }], next: null }];
  if (what === 'comments') {
    histories.set(record.id, [{ id: Date.now(), at: Date.now() * 1000, by: 'ana', kind: 'comment', step: null, fields: [], text: body.text }, ...(histories.get(record.id) ?? [])]);
    return [201, {}];
  }
  if (what === 'undo') return [200, record];
  if (method === 'GET') return [200, record];
  if (body.version !== record.version) return [409, { code: 'version_changed', detail: '', present: record }];
  let after = record;
  if (what === 'steps') {
    const step = kind.life.steps.find((one) => one.key === which);
    const missing = step.needs.filter((field) => !body.fields[field] && !record.fields[field]).map((field) => ({ field, code: 'required', detail: '' }));
    if (missing.length > 0) return [422, { code: 'invalid', detail: '', fields: missing }];
    const from = record.state;
    record.state = step.to;
    after = change(record, kind, body.fields, { kind: 'step', step: which, fields: [{ field: 'state', before: from, after: step.to }] });
  } else after = change(record, kind, body.fields);
  push('record.changed', { kind: key, id: record.id, version: record.version, state: record.state });
  return [200, after];
}

/** The fields of the text, those that are new with what it says of them. */
function drafted(kind, source) {
  const keys = [...source.matchAll(/^\[field\.(\w+)\]\nname = \{ en = "([^"]*)", zh = "([^"]*)" \}\ntype = "(\w+)"/gm)];
  const fields = keys.map(([, key, en, zh, type]) => ({ ...(kind.fields.find((field) => field.key === key) ?? { key, help: null, required: false, search: false, choices: [], kind: null, currency: null, default: null, access: { read: 'agent', write: 'agent' } }), name: { en, zh }, type }));
  return { ...kind, fields };
}

const SOURCE = (kind) => `kind = "${kind.kind}"\nname = { en = "${kind.name.en}", zh = "${kind.name.zh}" }\n\n${kind.fields.map((field) => `[field.${field.key}]\nname = { en = "${field.name.en}", zh = "${field.name.zh}" }\ntype = "${field.type}"\n`).join('\n')}`;
const sources = new Map(kinds.map((kind) => [kind.kind, SOURCE(kind)]));

function definition(method, key, what, body, push) {
  if (!key) return [200, { items: kinds.map(head) }];
  const kind = kindOf(key);
  if (!kind) return [404, { code: 'not_found', detail: key }];
  if (what === 'source') return [200, { source: sources.get(key), version: kind.version }];
  if (what === 'versions') return [200, { items: Array.from({ length: kind.version }, (_, i) => ({ version: kind.version - i, at: micros(-i * 30), author: i ? 'adm' : 'Carillon' })) }];
  if (what === 'plan') {
    const lines = body.source.split('\n');
    const wrong = lines.findIndex((line) => line.includes('tpye'));
    if (wrong >= 0) return [422, { code: 'mistakes', detail: '', problems: [{ line: wrong + 1, column: 1, message: { en: '`tpye` is no key of a field', zh: '没有名为“tpye”的键' }, nearest: 'type' }] }];
    const before = new Set(sources.get(key).match(/\[field\.\w+\]/g));
    const added = (body.source.match(/\[field\.\w+\]/g) ?? []).filter((field) => !before.has(field));
    return [200, { kind: drafted(kind, body.source), changes: added.map((field) => ({ change: 'add_field', what: field.slice(7, -1), message: { en: `the field \`${field.slice(7, -1)}\` is new`, zh: `新增字段“${field.slice(7, -1)}”` } })) }];
  }
  if (method === 'PUT') {
    sources.set(key, body.source);
    kind.version += 1;
    push('kind.changed', { kind: key, version: kind.version });
    return [200, { version: kind.version }];
  }
  return [200, kind];
}
