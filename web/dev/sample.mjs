/** The people and calls the mock shows. */

const S = 1e6;
const DAY = 86_400 * S;
const now = () => Date.now() * 1000;

export const center = {
  name: 'Maison Aurelle',
  region: 'CN',
  language: 'zh',
  zone: 'Asia/Shanghai',
  queues: [
    { id: 1, key: 'sales-zh', name: '顾问 (中文)', en: 'Advisors (Chinese)', zh: '顾问（中文）', wrap_up_s: 30, disposition_required: false },
    { id: 2, key: 'sales-en', name: '顾问 (英文)', en: 'Advisors (English)', zh: '顾问（英文）', wrap_up_s: 30, disposition_required: false },
    { id: 3, key: 'repair', name: '维修', en: 'Repairs', zh: '维修', wrap_up_s: 45, disposition_required: false },
    { id: 4, key: 'vip', name: '贵宾', en: 'Private clients', zh: '贵宾', wrap_up_s: 60, disposition_required: true },
  ],
  agents: [
    { id: 7, key: 'ana', name: 'Ana Lindqvist', group: null },
    { id: 8, key: 'chen', name: '陈思远', group: 'experts' },
    { id: 9, key: 'tomas', name: 'Tomás Ferreira', group: 'experts' },
  ],
  people: [
    ['adm', 'Marguerite Roux'],
    ['ana', 'Ana Lindqvist'],
    ['chen', '陈思远'],
    ['meng', '孟浩'],
    ['tomas', 'Tomás Ferreira'],
  ].map(([key, name]) => ({ key, name })),
  groups: [{ key: 'experts', en: 'Senior advisors', zh: '资深顾问' }],
  reasons: [
    { key: 'break', en: 'Break', zh: '小休' },
    { key: 'lunch', en: 'Lunch', zh: '午餐' },
    { key: 'training', en: 'Training', zh: '培训' },
    { key: 'desk-work', en: 'Desk work', zh: '案头工作' },
  ],
  dispositions: [
    ['repair', 'Repair', '维修'],
    ['order', 'Order or payment', '订单与付款'],
    ['appointment', 'Appointment', '预约到店'],
    ['product', 'Product question', '产品咨询'],
    ['bridal', 'Bridal advice', '婚戒咨询'],
    ['complaint', 'Complaint', '投诉', true],
    ['wrong-number', 'Wrong number', '打错'],
    ['other', 'Something else', '其他', true],
  ].map(([key, en, zh, note = false]) => ({ key, en, zh, queues: [], note_required: note })),
  version: '0.1.0',
};

const seatless = (user) => /^(sup|adm)/.test(user);

export const me = (user) => ({
  user,
  name: seatless(user) ? 'Marguerite Roux' : 'Ana Lindqvist',
  role: user.startsWith('adm') ? 'admin' : user.startsWith('sup') ? 'supervisor' : 'agent',
  language: user.endsWith('zh') ? 'zh' : 'en',
  agent: seatless(user) ? null : center.agents[0],
  phone: seatless(user)
    ? null
    : { uri: 'sip:ana.k3v9x2@127.0.0.1', user: 'ana.k3v9x2', password: 'mock', realm: 'carillon', ws_path: '/sip', ice_servers: [] },
  csrf: 'mock',
});

const timeline = [
  ['0197a1', 9, 'repair', 'Ana Lindqvist', 182_000, '戒指改圈至 13 号，客户希望婚礼前取货（5 月 17 日）。'],
  ['0197a2', 41, 'product', '陈思远', 241_000, 'Asked for the matching bracelet in rose gold; brochure sent by e-mail.'],
  ['0197a3', 63, null, null, 0, ''],
  ['0197a4', 190, 'order', 'Ana Lindqvist', 320_000, '确认订单 A-1001，选择免费刻字：“始终”。'],
].map(([interaction, days, disposition, agent, talk_ms, notes]) => ({
  interaction,
  at: now() - days * DAY,
  channel: 'voice',
  direction: 'inbound',
  outcome: talk_ms > 0 ? 'handled' : 'abandoned',
  queue: 'sales-zh',
  agent,
  disposition,
  notes,
  talk_ms,
}));

const wang = {
  id: 4711,
  name: '王丽华',
  organisation: '和光设计工作室',
  tier: 'platinum',
  language: 'zh',
  tags: ['bridal', 'engraving'],
  notes: '偏好上午来电。对镍过敏：只推荐铂金与 18K 金。',
  contact_points: [
    { kind: 'phone', value: '+8613800138000', label: 'mobile', shown: '138 0013 8000' },
    { kind: 'phone', value: '+862155500100', label: 'work', extension: '12', shown: '021 5550 0100' },
    { kind: 'email', value: 'lihua.wang@example.cn', label: 'email' },
  ],
  orders: [
    { number: 'A-1001', placed: '2026-05-20', item: '“晨曦”铂金对戒', amount_minor: 12_800_00, currency: 'CNY', status: 'delivered' },
    { number: 'A-1187', placed: '2026-09-02', item: '玫瑰金手链', amount_minor: 8_600_00, currency: 'CNY', status: 'in repair' },
    { number: 'A-1202', placed: '2026-11-11', item: '珍珠耳坠', amount_minor: 4_280_00, currency: 'CNY', status: 'shipped' },
  ],
  dates: [
    ['birthday', '05-17'],
    ['wedding anniversary', '2024-10-02'],
  ],
  timeline,
};

const plain = (id, name, more) => ({
  id,
  name,
  organisation: null,
  tier: 'standard',
  language: 'en',
  tags: [],
  notes: '',
  contact_points: [{ kind: 'phone', value: '+442079460123', label: 'home', shown: '+44 20 7946 0123' }],
  orders: [],
  dates: [],
  timeline: [],
  ...more,
});

const family = [
  plain(12, 'Eleanor Whitfield', {
    tier: 'gold',
    orders: [{ number: 'A-0821', placed: '2026-03-14', item: '“Aurora” necklace, white gold', amount_minor: 3_200_00, currency: 'GBP', status: 'delivered' }],
    timeline: [{ ...timeline[1], queue: 'sales-en' }],
  }),
  plain(13, 'James Whitfield', { tier: 'silver', timeline: [{ ...timeline[0], queue: 'sales-en', at: now() - 120 * DAY }] }),
  plain(14, 'Whitfield & Daughters', { organisation: 'Whitfield & Daughters Ltd', tier: null }),
];

const people = [wang, ...family];
export const customers = (query) =>
  people.filter((card) => !query || JSON.stringify([card.name, card.contact_points, card.organisation]).toLowerCase().includes(query.toLowerCase()));
export function create(draft) {
  const card = plain(100 + people.length, draft.name, { tier: null, contact_points: draft.contact_points ?? [] });
  people.push(card);
  return card;
}

const versions_ = new Map();
export const customer = (id) => {
  const card = people.find((known) => known.id === id);
  return card && { ...card, version: versions_.get(id) ?? 1 };
};

/** The second answer of two: what a refusal looks like. */
export function replace(id, version, draft) {
  const present = versions_.get(id) ?? 1;
  if (version !== present) return { status: 412, body: { code: 'version_changed', detail: 'the customer has changed', version: present } };
  const fields = (draft.contact_points ?? []).flatMap(({ kind, value }, place) =>
    kind === 'phone' && value.replace(/\D/g, '').length < 5
      ? [{ field: `contact_points.${place}.value`, code: 'not_a_number', detail: 'not a telephone number' }]
      : [],
  );
  if (fields.length > 0) return { status: 400, body: { code: 'bad_request', detail: fields[0].detail, fields } };
  const card = people.find((known) => known.id === id);
  Object.assign(card, { organisation: null, tier: null, language: null, ...draft });
  versions_.set(id, present + 1);
  return { status: 200, body: customer(id) };
}

/** Chinese mobile numbers as the server shows them in China; others as they are. */
const SHOWN = { '+33142685300': '+33 1 42 68 53 00', '+4930123456': '+49 30 123456' };
const shown = (number) =>
  SHOWN[number] ?? number.replace(/^\+86(1\d\d)(\d{4})(\d{4})$/, '$1 $2 $3').replace(/^\+44(20)(\d{4})(\d{4})$/, '+44 $1 $2 $3');

const callBack = (i, name, number, queue, state, more = {}) => ({
  interaction: `0198c7d2-0000-7000-8000-0000000000c${i}`, number, number_shown: shown(number), customer: name ? 4711 : null, customer_name: name, queue, queue_name: center.queues[queue - 1].name,
  asked: now() - i * 190 * S, arrived: now() - (i * 190 + 85) * S, state, place: i, due: null, attempts: 0, agent: null, agent_name: null, call: null, ...more,
});
let line = [
  callBack(1, '王丽华', '+8613800138000', 1, 'ringing', { agent: 7, agent_name: 'Ana Lindqvist' }),
  callBack(2, null, '+442079460123', 2, 'waiting'),
  callBack(3, 'Eleanor Whitfield', '+442079460124', 1, 'talking', { place: null, agent: 8, agent_name: '陈思远' }),
  callBack(4, '李思雨', '+8613911112222', 1, 'waiting', { place: null, due: now() + 600 * S, attempts: 1 }),
];
export const callBacks = () => line;
export const cancel = (id) => (line = line.filter(({ interaction }) => interaction !== id));

let programs = [
  { id: 1, name: 'crm', role: 'supervisor', agent: null, created: now() - 40 * DAY, created_by: 'admin', expires: now() + 50 * DAY, used: now() - 300 * S },
  { id: 2, name: 'old-dialler', role: 'agent', agent: 'ana', created: now() - 100 * DAY, created_by: 'admin', expires: now() - 10 * DAY, used: null },
];
export const tokens = () => programs;
export function addToken({ name, role, agent = null, expires_in_s }) {
  const made = { id: programs.length + 10, name, role, agent, created: now(), created_by: 'adm', expires: expires_in_s ? now() + expires_in_s * S : null, used: null };
  programs = [...programs, made];
  return { ...made, token: `carillon_${'k3v9x2Qa'.repeat(5)}` };
}
export const revoke = (id) => (programs = programs.filter((token) => token.id !== id));

const task = (id, name, number, minutes, outcome) => ({
  id, kind: 'callback', interaction: `0198c7d2-0000-7000-8000-00000000000${id}`, customer: name ? id : null, customer_name: name,
  number, number_shown: number && shown(number), due: now() - minutes * 60 * S, note: 'The call was cut off when the server stopped.', outcome,
});
let owed = [
  task(1, '王丽华', '+8613800138000', 42, 'interrupted'),
  task(2, 'Eleanor Whitfield', '+442079460123', 12, 'interrupted'),
  task(3, null, '+33142685300', -20, null),
];
export const tasks = () => owed;
export const complete = (id) => (owed = owed.filter((entry) => entry.id !== id));

let reservation = 9;
export function pop(kind) {
  reservation += 1;
  const known = kind === 'known';
  const english = kind === 'several';
  return {
    reservation,
    interaction: `0198c7d2-7a10-7c3e-9d11-0000000000${reservation}`,
    caller: { known: '+8613800138000', several: '+442079460123', unknown: '+33142685300', withheld: null }[kind],
    caller_shown: { known: '138 0013 8000', several: '+44 20 7946 0123', unknown: '+33 1 42 68 53 00', withheld: '' }[kind],
    called: '4008001234',
    called_shown: '400 800 1234',
    queue: english ? 'sales-en' : 'sales-zh',
    queue_name: english ? 'Advisors (English)' : '顾问 (中文)',
    waited_ms: known ? 14_300 : 72_000,
    place_kept: kind === 'unknown' ? { by: 'recall', since: now() - 72 * S } : null,
    customer: known ? wang : null,
    candidates: english ? family : [],
    looking_up: false,
    menu_path: [english ? 'en' : 'zh', 'advisors'],
    entered: known ? [{ label: '订单号', digits: '10007' }] : [],
    why: {
      en: `longest idle of 3 with ${english ? 'English' : 'Chinese'} 8 or better`,
      zh: `${english ? '英文' : '中文'} 8 级及以上的 3 位坐席中空闲最久`,
    },
  };
}

const tile = (id, waiting, longest, offered, answered, abandoned, level, agents) => ({
  id,
  key: center.queues[id - 1].key,
  name: center.queues[id - 1].name,
  waiting,
  longest_since: longest === null ? null : now() - ((longest * S + (now() % (40 * S))) | 0),
  offered,
  answered,
  abandoned,
  short_abandoned: Math.min(3, abandoned),
  asa_ms: 8400 + id * 2100,
  service_level: { value: level, formula: 'V8', threshold_s: 20, short_abandon_s: 5, target: 0.8 },
  ...Object.fromEntries(['ready', 'reserved', 'busy', 'wrap_up', 'not_ready'].map((state, i) => [state, agents[i]])),
});

const started = now();
const waitingSince = [started - 6 * S, started - 31 * S, started - 95 * S];

const NAMES = ['Ana Lindqvist', '陈思远', 'Tomás Ferreira', '林小雨', 'Priya Nair', '赵文博', 'Hugo Martin', '周静', 'Sofia Rossi', 'Grace Okafor'];
const STATES = [
  { state: 'busy', contact: 3 },
  { state: 'busy', contact: 4 },
  { state: 'reserved', reservation: 9, contact: 5, until: started + 15 * S },
  { state: 'ready' },
  { state: 'ready' },
  { state: 'wrap_up', contact: 6, until: started + 20 * S },
  { state: 'not_ready', reason: 'lunch' },
  { state: 'not_ready', reason: 'no-answer' },
  { state: 'busy', contact: 8 },
  { state: 'signed_out' },
];

/** Agents and queues on the board. */
let many = NAMES.length;
let lines = center.queues.length;
export const crowd = (agents, queues = lines) => {
  [many, lines] = [agents, queues];
  grown = null;
  const more = Array.from({ length: Math.max(0, queues - FIRST.length) }, (_, i) => extra(i));
  const added = more.map(({ id, key, en, zh }) => ({ id, key, name: zh, en, zh, wrap_up_s: 30, disposition_required: false }));
  center.queues.splice(0, center.queues.length, ...FIRST.slice(0, queues), ...added);
};
const FIRST = [...center.queues];
const TOWNS = [
  ['Beijing', '北京'], ['Shanghai', '上海'], ['Guangzhou', '广州'], ['Shenzhen', '深圳'], ['Chengdu', '成都'], ['Hangzhou', '杭州'], ['Nanjing', '南京'], ['Wuhan', '武汉'],
  ['Xi’an', '西安'], ['Suzhou', '苏州'], ['Tianjin', '天津'], ['Chongqing', '重庆'], ['Qingdao', '青岛'], ['Xiamen', '厦门'], ['London', '伦敦'], ['Paris', '巴黎'],
  ['Milan', '米兰'], ['Geneva', '日内瓦'], ['New York', '纽约'], ['Singapore', '新加坡'],
];
const KINDS = [
  ['Advisors', '顾问'], ['Repairs', '维修'], ['Orders', '订单'], ['Returns', '退换'], ['Bridal', '婚戒'], ['Boutique', '门店'], ['Private clients', '贵宾'], ['Complaints', '投诉'], ['Deliveries', '配送'], ['Billing', '账单'],
];
const extra = (i) => {
  const [town, kind] = [TOWNS[i % TOWNS.length], KINDS[Math.floor(i / TOWNS.length) % KINDS.length]];
  return { id: 5 + i, key: `${town[0].toLowerCase().replace(/\W+/g, '-')}-${kind[0].toLowerCase().replace(' ', '-')}`, en: `${town[0]} ${kind[0]}`, zh: `${town[1]}${kind[1]}` };
};
/** The same number for the same seed, 0..1. */
const dice = (seed) => {
  const x = Math.sin(seed * 12.9898 + 78.233) * 43758.5453;
  return x - Math.floor(x);
};

let grown = null;
/** The queues beyond the first four: most of them are calm. */
const others = () =>
  (grown ??= Array.from({ length: Math.max(0, lines - 4) }, (_, i) => {
    const [a, b, c] = [dice(i + 1), dice(i + 101), dice(i + 201)];
    const offered = Math.round(20 + 300 * b);
    const abandoned = Math.round(offered * 0.12 * a * a);
    const waiting = a > 0.9 ? 1 + Math.round(6 * c) : a > 0.6 ? 1 : 0;
    const level = Math.max(0.52, 0.99 - 0.32 * a * a * (0.4 + c));
    const [ready, busy] = waiting > 0 ? [0, 1 + Math.round(8 * b)] : [Math.round(4 * c), Math.round(9 * b)];
    const { id, key, en } = extra(i);
    return {
      id, key, name: en, waiting, call_backs: c > 0.93 ? 2 : 0,
      longest_since: waiting > 0 ? started - Math.round((a > 0.96 ? 80 : 14 * a) * S) : null,
      offered, answered: offered - abandoned - waiting, abandoned, short_abandoned: Math.round(abandoned / 3), asa_ms: Math.round(4000 + 16_000 * a * c),
      service_level: { value: level, formula: 'V8', threshold_s: 20, short_abandon_s: 5, target: 0.8 },
      ready, reserved: waiting > 0 ? 1 : 0, busy, wrap_up: Math.round(3 * b), not_ready: Math.round(2 * a),
    };
  }));

const FAMILY = ['Lindqvist', 'Ferreira', 'Nair', 'Martin', 'Rossi', 'Okafor', 'Weber', 'Laurent', 'Silva', 'Tanaka', 'Novak', 'Haddad'];
const GIVEN = ['Mina', 'Jonas', 'Elif', 'Pedro', 'Aiko', 'Nadia', 'Luca', 'Grace', 'Omar', 'Ines', 'Tom', 'Sara', 'Emil'];
const CHINESE = ['王芳', '李强', '张敏', '刘洋', '陈静', '杨帆', '黄磊', '周婷', '吴昊', '徐丽', '孙悦', '马超'];
const nameOf = (i) => NAMES[i] ?? (i % 3 === 0 ? `${CHINESE[(i * 7) % CHINESE.length]}${i >= 36 ? ` ${i}` : ''}` : `${GIVEN[i % GIVEN.length]} ${FAMILY[(i * 5) % FAMILY.length]}${i >= 156 ? ` ${i}` : ''}`);

export const board = () => ({
  alerts: alerts(),
  at: now(),
  change: 1,
  calls_active: many > 20 ? Math.round(many * 0.38) : 9,
  queues: [
    { ...tile(1, 1, 0, 128, 119, 8, 0.93, [1, 1, 3, 1, 1]), longest_since: waitingSince[0], call_backs: 3 },
    { ...tile(2, 2, 0, 64, 55, 7, 0.76, [1, 0, 2, 0, 1]), longest_since: waitingSince[1] },
    { ...tile(3, 4, 0, 47, 31, 12, 0.58, [0, 0, 2, 1, 1]), longest_since: waitingSince[2] },
    ...(lines > 3 ? [tile(4, 0, null, 9, 9, 0, 1, [2, 0, 1, 0, 0])] : []),
    ...others(),
  ],
  agents: Array.from({ length: many }, (_, i) => nameOf(i)).map((name, i) => ({
    id: 7 + i,
    key: `agent-${i}`,
    name,
    state: STATES[i % STATES.length],
    since: started - ((i * 97) % 2400 + 24) * S,
    next: i === 1 ? { state: 'not_ready', reason: 'break' } : null,
    queue: i < 3 || i === 8 ? center.queues[i % 3].key : null,
    phone_reachable: i !== 7 && i !== 9,
    unread: flagged && i === 1 ? 1 : 0,
    ...(flagged && i === 1 ? { help: { since: started - 21 * S, words: 'Wants a refund of 5,000, and her ring back by Friday' } } : {}),
    ...(flagged && i === 3 ? { help: { since: started - 74 * S, words: '', seen_by: 'meng' } } : {}),
  })),
});

let flagged = false;

/** Two figures are beyond their limits, or none. */
const alerts = () => (flagged ? [
  { id: 901, rule: 'vip-wait', name: { en: 'VIP waits', zh: '贵宾等待' }, queue: 3, figure: 'longest_wait', level: 'act', since: started - 38 * S, worst: 95, limit: 90, sound: true, events: 3 },
  { id: 902, rule: 'staff', name: { en: 'Too few ready', zh: '示闲不足' }, queue: 2, figure: 'ready', level: 'warn', since: started - 64 * S, worst: 1, limit: 2, sound: false, events: 1 },
] : []);
export const alertLog = () => ({ next: null, items: [
  { id: 901, rule: 'vip-wait', name: { en: 'VIP waits', zh: '贵宾等待' }, queue: 3, figure: 'longest_wait', level: 'act', since: started - 38 * S, worst: 95, limit: 90, sound: true, events: 3 },
  { id: 880, rule: 'level', name: { en: 'Level of today', zh: '当日服务水平' }, queue: 2, figure: 'service_level', level: 'warn', since: started - 5000 * S, worst: 71, limit: 75, sound: true, events: 3, seen_by: 'meng', seen: started - 4950 * S, ended: started - 4100 * S },
] });

/** What happened to one of them. */
export const alertPast = () => ({
  alert: alertLog().items[0],
  events: [
    { seq: 1, at: started - 38 * S, kind: 'alert.raised', detail: { level: 'warn', value: 41, limit: 30 } },
    { seq: 2, at: started - 20 * S, kind: 'alert.acknowledged', detail: { by: 'meng' } },
    { seq: 3, at: started - 5 * S, kind: 'alert.changed', detail: { level: 'act', value: 95, limit: 90 } },
  ],
  letters: [
    { way: 'mail', to: 'floor@example.com', at: started - 38 * S, state: 'sent', tries: 1, trouble: null, done: started - 37 * S },
    { way: 'webhook', to: 'hooks.example.com', at: started - 38 * S, state: 'failed', tries: 1, trouble: 'answered 404', done: started - 37 * S },
  ],
});

/** Two agents ask for help, or nobody. */
export const flag = (on) => void (flagged = on);

/** All but those without a phone. */
export const together = ({ agents, state }) => {
  const left = board().agents.filter(({ id, phone_reachable }) => agents.includes(id) && state === 'ready' && !phone_reachable);
  return left.length > 0 ? { result: 'partly', left_out: left.map(({ id }) => ({ agent: id, code: 'wrong_state', message: 'no phone of this agent is registered' })) } : { result: 'done' };
};

/** Who waits: one rings, one is kept for an agent, the others find nobody. */
export const waiting = (key) => {
  const { waiting: count = 0, longest_since: since } = board().queues.find((queue) => queue.key === key) ?? {};
  const why = (place) => ({
    en: `Place ${place}, waited 31 s; no agent can have it now.\nNot eligible: not ready: Wei Zhang and 3 more; in conversation: Ana Lindqvist; level too low: 陈思远.\nThe demand widens in 12 s.\nNobody who comes more than 600 s later is served before it by an agent who could serve both.`,
    zh: `排第${place}，已等待31秒，目前没有可接待的坐席。\n未被考虑：示忙：张伟等4位；通话中：Ana Lindqvist；熟练度不足：陈思远。\n再过12秒放宽技能要求。\n比它晚到超过600秒的联络，不会先于它分配给两者都能接待的坐席。`,
  });
  const item = (_, i) => ({
    contact: 812 + i, queue: 1,
    caller: { contact: 812 + i, interaction: `01970000-0000-7000-8000-00000000081${i}`, call_back: i === 3, caller_shown: `138 0013 800${i}`, customer_name: i === 0 ? '王丽华' : null },
    queue_key: key, position: i + 1, arrived: since + i * 11 * S, priority: 3, bonus_s: i === 1 ? 45 : 0, stage: i === 0 ? 1 : 0,
    ringing: i === 0 ? [8] : [], waits_for: i === 2 ? 7 : null, waits_until: i === 2 ? now() + 25 * S : null, widens_at: null, overtaking_bound_s: 600, excluded: [], why: why(i + 1),
  });
  return { at: now(), items: Array.from({ length: count }, item) };
};

/** The same people, a while ago. */
export function pastBoard(at) {
  const { queues, agents } = board();
  const then = queues.map(({ id, key, name, waiting, ready, reserved, busy, wrap_up, not_ready }) => ({
    id, key, name, waiting: waiting + 1, ringing: Math.min(waiting, 1), longest_since: at - 42 * S, longest_ms: 42_000, ready, reserved, busy, wrap_up, not_ready,
  }));
  return { at, last_input: at - 3 * S, rules: 14, queues: then, agents: agents.map(({ id, key, name, state, next }) => ({ id, key, name, state, since: at - id * 31 * S, next })) };
}

const contact = (i, name, caller, outcome, queue, agent, disposition, talk) => ({
  id: `0198c7d2-0000-7000-8000-00000000000${i}`,
  channel: 'voice',
  direction: 'inbound',
  caller,
  caller_text: caller ?? 'anonymous',
  caller_shown: caller ? shown(caller) : '',
  called: '4008001234',
  called_shown: '400 800 1234',
  customer: name ? i : null,
  customer_name: name,
  queue,
  queue_name: queue ? center.queues[queue - 1].en : null,
  agent: agent ? 7 : null,
  agent_name: agent,
  started: now() - i * 613 * S,
  queued: queue ? now() - (i * 613 - 9) * S : null,
  answered: talk ? now() - (i * 613 - 22) * S : null,
  ended: now() - (i * 613 - 22 - talk) * S,
  wrap_up_ended: null,
  hold_ms: talk > 200 ? 24_000 : 0,
  outcome,
  ended_by: outcome === 'handled' ? 'customer' : outcome === 'abandoned' ? 'customer' : 'flow',
  end_reason: null,
  recording: talk ? `2026/11/22/${i}.wav` : null,
  disposition,
  notes: talk ? '客户希望在 12 月 20 日前取货，已登记加急。' : '',
  menu_path: ['zh', 'advisors'],
  entered: name ? [{ label: '订单号', digits: '10007' }] : [],
});

export const interactions = () => [
  contact(1, '王丽华', '+8613800138000', 'handled', 1, 'Ana Lindqvist', 'repair', 183),
  contact(2, 'Eleanor Whitfield', '+442079460123', 'handled', 2, 'Ana Lindqvist', 'product', 312),
  contact(3, null, '+33142685300', 'abandoned', 2, null, null, 0),
  contact(4, '李明', '+8613911112222', 'self_service', null, null, null, 0),
  contact(5, '张伟', '+8613700001111', 'handled', 4, '陈思远', 'bridal', 641),
  contact(6, null, null, 'failed', 3, null, null, 0),
  contact(7, 'Hannah Schmidt', '+4930123456', 'handled', 2, 'Priya Nair', 'order', 96),
];

export function interaction(id) {
  const found = interactions().find((entry) => entry.id === id) ?? interactions()[0];
  const at = (s) => found.started + s * S;
  const events = [
    ['call.started', 0, {}],
    ['call.answered', 0.2, {}],
    ['customer.looked_up', 0.3, { found: 1 }],
    ['menu.chosen', 6.1, { digits: '1' }],
    ['queue.entered', 9, { queue: 'sales-zh', priority: 2 }],
    ['agent.reserved', 19.4, { agent: 7, queue: 1 }],
    ['agent.rang', 19.5, { agent: 7 }],
    ['call.connected', 22, { agent: 7, waited_ms: 13_000 }],
    ['recording.paused', 25, { agent: 7 }],
    ['recording.resumed', 28, { agent: 7 }],
    ['call.held', 91, { agent: 7 }],
    ['call.resumed', 115, { agent: 7, held_ms: 24_000 }],
    ['call.ended', 205, { by: 'customer' }],
    ['wrap_up.saved', 221, { agent: 7, disposition: 'repair' }],
  ];
  const deleted = found.id === interactions()[1].id;
  const recorded = {
    duration_ms: 12_000, bytes: 384_044, sha256: 'c0ffee', complete: true, channels: 2, key: '2026-11', at: now(),
    deleted: deleted ? now() : null, deleted_by: deleted ? 'retention' : null,
  };
  return {
    ...found,
    why: pop('known').why,
    recorded: found.recording ? recorded : null,
    hold: found.id === interactions()[0].id ? { at: now(), user: 'sue', reason: '12/26' } : null,
    events: events.map(([kind, after, detail], i) => ({ seq: i + 1, at: at(after), kind, detail })),
  };
}

/** Twelve seconds of two voices that take turns, as sound without words. */
/** A call that comes in, rings an agent who is busy, and is answered. */
export function sipMessages() {
  const [carrier, us, phone] = ['192.0.2.10:5060', '192.0.2.5:5060', '192.0.2.77:41382'];
  const lines = [
    [carrier, us, 'INVITE sip:4000@192.0.2.5 SIP/2.0'],
    [us, carrier, 'SIP/2.0 200 OK'],
    [carrier, us, 'ACK sip:carillon@192.0.2.5:5060 SIP/2.0'],
    [us, phone, 'INVITE sip:ana@192.0.2.77:41382 SIP/2.0'],
    [phone, us, 'SIP/2.0 486 Busy Here'],
    [carrier, us, 'BYE sip:carillon@192.0.2.5:5060 SIP/2.0'],
  ];
  return lines.map(([from, to, line], nth) => ({
    at: (Date.now() - 60_000 + nth * 700) * 1000,
    from,
    to,
    transport: 'udp',
    call_id: 'a84b4c76e66710@192.0.2.10',
    line,
    text: `${line}\r\nVia: SIP/2.0/UDP ${from};branch=z9hG4bK${nth}\r\nCall-ID: a84b4c76e66710@192.0.2.10\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
  }));
}

export function recording() {
  const rate = 8000;
  const frames = rate * 12;
  const wav = Buffer.alloc(44 + frames * 4);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + frames * 4, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(2, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 4, 28);
  wav.writeUInt16LE(4, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(frames * 4, 40);
  for (let i = 0; i < frames; i++) {
    const t = i / rate;
    const turn = Math.sin(t * 1.1 + Math.sin(t * 0.7)) > 0 ? 1 : 0;
    const syllable = Math.max(0, Math.sin(t * 19) * Math.sin(t * 5.3) + 0.25);
    const voice = (hertz, on) => Math.round(9000 * on * syllable * Math.sin(2 * Math.PI * hertz * t));
    wav.writeInt16LE(voice(210, turn), 44 + i * 4);
    wav.writeInt16LE(voice(150, 1 - turn), 46 + i * 4);
  }
  return wav;
}

const step = (after_ms, more) => ({ after_ms, when: null, min_level: null, lower: {}, drop: [], add_queues: [], add_groups: [], ...more });

const DEFAULTS = {
  skills: {}, any_skill: {}, agent_selection: 'longest_idle', priority: 5, priority_step_s: 0, score: { base_ms: 0, ageing_ppm: 1_000_000, max_bonus_s: 600 },
  share_ppm: 0, relax: [], ring_s: 20, ring_several: 1, wrap_up: { mode: 'timed', seconds: 30 }, answer_within_s: 20, short_abandon_s: 5, max_waiting: null,
  max_wait_s: null, service_level_percent: 80, overflow: [], reserve: [], hours: null, leave_without_agents: false, recall_s: 0, announce_s: 0,
  announce_first_s: null, announce: [], vip_bonus: { tiers: {}, values: [] }, call_back: null, record: false, disposition_required: false,
};

export const allQueues = () => {
  const { version, defaults, contact_selection, choices } = rules('vip');
  return { version, items: choices.queues, defaults, contact_selection, choices };
};
export const rules = (key) => ({
  version: 14,
  key,
  rules: {
    skills: { jewellery: 7, chinese: { min: 5, weight: 2 } },
    any_skill: { chinese: 5, english: 5 },
    agent_selection: 'most_skilled',
    priority: 1,
    priority_step_s: 30,
    score: { base_ms: 0, ageing_ppm: 1_000_000, max_bonus_s: 600 },
    share_ppm: 0,
    relax: [step(20_000, { min_level: 3 }), step(60_000, { when: { waiting_above: 5 }, add_groups: ['experts'] })],
    ring_s: 12,
    ring_several: 1,
    wrap_up: { mode: 'timed', seconds: 45 },
    answer_within_s: 10,
    short_abandon_s: 5,
    max_waiting: 50,
    max_wait_s: null,
    service_level_percent: 80,
    overflow: [{ when: 'timeout', to: 'sales-zh' }],
    reserve: [],
    hours: null,
    leave_without_agents: false,
    recall_s: 120,
    announce_s: 30,
    announce_first_s: 10,
    announce: ['position', 'wait', 'call_back'],
    vip_bonus: { tiers: { gold: 20, vip: 45 }, values: [{ from_minor: 2_000_000, bonus_s: 30 }] },
    call_back: { digit: '1', trunk: null, caller_id: null, ring_s: 30, tries: 3, retry_s: 600, max_open: 200 },
    record: true,
    disposition_required: false,
  },
  defaults: DEFAULTS,
  findings: [],
  overtaking_bound_s: 600,
  contact_selection: 'score',
  choices: {
    skills: [
      { key: 'jewellery', en: 'Jewellery advice', zh: '珠宝顾问' },
      { key: 'chinese', en: 'Chinese', zh: '中文' },
      { key: 'english', en: 'English', zh: '英语' },
      { key: 'service', en: 'After-sales service', zh: '售后服务' },
    ],
    groups: [{ key: 'experts', en: 'Senior advisors', zh: '资深顾问' }],
    queues: center.queues.map(({ key, en, zh }) => ({ key, en, zh })),
    hours: [{ key: 'shop', en: 'Shop hours', zh: '门店时间' }],
  },
});

export const prospect = (patch) => ({
  version: 14,
  applied: false,
  changes: [
    {
      kind: 'queue',
      key: 'vip',
      change: 'changed',
      fields: Object.entries(patch).map(([field, to]) => ({ field, from: null, to: JSON.stringify(to) })),
    },
  ],
  findings: [
    {
      code: 'relaxation_never_widens',
      severity: 'warning',
      new: true,
      object: { kind: 'queue', key: 'vip' },
      en: 'relaxation step 2 comes only when the maximum wait is over',
      zh: '第 2 个放宽步骤在最长等待时间之后才开始',
    },
  ],
});

/** A queue that is new. */
export const created = (key) => ({ ...prospect({}), applied: true, changes: [{ kind: 'queue', key, change: 'created' }] });

export const holidays = () => ({
  ...prospect({}),
  changes: [{ kind: 'hours', key: 'shop', change: 'changed', fields: [{ field: 'special', from: '{ "2026-10-01" = [] }', to: '{ "2026-10-01" = [], "2026-10-02" = [], "2026-10-03" = [] }' }] }],
  findings: [],
});

export const versions = () => ({
  items: [14, 13, 12].map((version, back) => ({ version, at: now() - (back * 5 + 1) * 3_600 * S, author: back === 2 ? 'command line' : 'admin' })),
  next: null,
});

const LEVELS = [
  ['v1_answered', 'A_T / (A_T + A_L)', 0.795],
  ['v2_with_abandoned', '(A_T + B<=T) / (A + B)', 0.76],
  ['v3_removed', '(A_T + B<=T + C<=T) / (A + B + C)', 0.76],
  ['v4_abandoned_ignored', 'A_T / (A + B - B<=T)', 0.745],
  ['v5_abandoned_negative', 'A_T / (A + B)', 0.7],
  ['v6_abandoned_positive', '(A_T + B<=T) / (A + B)', 0.76],
  ['v7_with_flow_out', 'A_T / (A + B + F)', 0.7],
  ['v8_short_abandoned_out', 'A_T / (A + B - B<=S)', 0.729],
];
const FIGURES = [
  ['asa_s', 'waits of answered / A', 11.2],
  ['time_to_abandon_s', 'waits of abandoned / B', 31.5],
  ['abandonment', '(B - B<=S) / (offered - B<=S)', 0.083],
  ['short_abandonment', 'B<=S / offered', 0.04],
  ['talk_s', 'conversation / conversations over', 205],
  ['wrap_up_s', 'wrap-up / conversations over', 28],
  ['handling_s', '(conversation + wrap-up) / conversations over', 233],
  ['unanswered_rings', 'rings not answered / rings', 0.034],
];
const AGENT_FIGURES = [
  ['occupancy', '(busy + wrap-up) / (busy + wrap-up + ready + ringing)', 0.81],
  ['utilisation', '(busy + wrap-up) / signed in', 0.7],
  ['handling_s', '(busy + wrap-up) / answered', 233],
  ['unanswered_rings', 'rings not answered / rings', 0.034],
];
const named = (list, shift = 0) =>
  list.map(([name, formula, value]) => ({ name, formula, value: name.endsWith('_s') ? value * (1 - shift) : Math.min(1, value + shift / 2) }));
const sheet = (shift) => ({
  counts: { offered: 1000, refused: 4, answered_in_time: 700, answered_late: 180, abandoned_short: 40, abandoned_in_time: 20, abandoned_late: 60, flowed_out: 0 },
  service_levels: named(LEVELS, shift),
  figures: named(FIGURES, shift),
});

const LENGTHS = { day: 86_400, week: 7 * 86_400, month: 30 * 86_400 };
const REACH = { '-1h': 3_600, '-8h': 8 * 3_600, '-24h': 86_400, '-7d': 7 * 86_400, '-30d': 30 * 86_400, '-90d': 90 * 86_400, '-365d': 365 * 86_400 };

/** An interval of one queue: mornings are busy, and then the level is lower. */
function interval(at, length, weight, seed) {
  const hour = length < 20_000 ? ((at / S / 3_600) % 24 + 8) % 24 : 12;
  const load = Math.max(0.05, Math.exp(-(((hour - 10.5) / 2.4) ** 2)) + 0.8 * Math.exp(-(((hour - 15.5) / 2.6) ** 2)));
  const offered = Math.round(weight * (length / 3_600) * (length < 20_000 ? load * 60 : 22) * (0.75 + 0.5 * dice(seed)));
  const abandoned = Math.round(offered * (0.02 + 0.09 * load * dice(seed + 7)));
  const answered = offered - abandoned;
  const late = Math.round(answered * (0.05 + 0.24 * load * dice(seed + 13)));
  return {
    offered, refused: seed % 9 === 0 ? 1 : 0, answered_in_time: answered - late, answered_late: late,
    abandoned_short: Math.round(abandoned / 3), abandoned_in_time: 0, abandoned_late: abandoned - Math.round(abandoned / 3), flowed_out: 0,
    wait_answered_us: Math.round(answered * (5 + 16 * load * dice(seed + 3)) * S), talk_us: answered * 205 * S, wrap_up_us: answered * 28 * S, talks: answered,
  };
}

export function statistics(query) {
  const [by, step, key] = [query.get('by'), query.get('interval'), query.get('key')];
  const reach = REACH[query.get('from')] ?? 9 * 3_600;
  const length = step === 'all' ? reach : (LENGTHS[step] ?? Number(step));
  const first = step === 'all' ? now() - reach * S : Math.floor((now() / S - reach) / length) * length * S;
  const times = Array.from({ length: step === 'all' ? 1 : Math.ceil(reach / length) + 1 }, (_, i) => first + i * length * S).filter((at) => at < now());
  const people = center.agents.map(({ id, key, name }) => ({ id, key, name }));
  const things = { channel: [{ key: 'voice', name: 'voice' }], skill: [{ id: 1, key: 'jewellery', name: 'Jewellery advice' }], agent: people }[by] ?? center.queues;
  const wanted = things.filter((one) => !key || one.key === key);
  const items = times.flatMap((at, place) =>
    wanted.map((one, nth) => {
      const shift = (nth % 5) * 0.06;
      const { id, key, name } = one;
      if (by === 'agent') {
        const counts = { answered: 41 - 6 * nth, unanswered_rings: nth, contacts_rung_in_vain: nth };
        return { at, id, key, name, counts, figures: named(AGENT_FIGURES, shift) };
      }
      const counts = interval(at, length, by === 'queue' ? 0.3 + dice(nth) : center.queues.length * 0.8, place * 31 + nth);
      const figures = sheet(shift);
      const usual = figures.service_levels.find(({ name }) => name.startsWith('v8'));
      usual.value = counts.answered_in_time / (counts.answered_in_time + counts.answered_late + counts.abandoned_late);
      return { at, id, key, name, ...figures, counts };
    }),
  );
  return { from: now() - reach * S, to: now(), by, interval: step, interval_s: Number(step) || null, items };
}

const resolved = (days, shift) => {
  const counts = { contacts: 480 - 40 * shift, unknown_customer: 9, still_open: 71 + shift, still_open_repeated: 4, repeated: 66, first: 340 - 30 * shift, resolved_at_first: 288 - 30 * shift };
  const decided = counts.contacts - counts.unknown_customer - counts.still_open;
  const of = `whose ${days} days are over`;
  const figure = (name, part, whole, value) => ({ name, formula: `${part} not repeated within ${days} days / ${whole} ${of}`, value });
  return {
    counts: { ...counts, decided },
    figures: [
      figure('first_contact_resolution', 'first contacts', 'first contacts', counts.resolved_at_first / counts.first),
      figure('resolved_at_first_of_all', 'first contacts', 'contacts', counts.resolved_at_first / decided),
      figure('not_repeated', 'contacts', 'contacts', 1 - counts.repeated / decided),
    ],
  };
};
export const resolution = (by, days) => {
  const rows = {
    queue: center.queues.map(({ id, key, name }) => ({ id, key, name })),
    agent: center.agents.slice(0, 4).map(({ id, key, name }) => ({ id, key, name })),
    day: ['2026-03-27', '2026-03-28', '2026-03-29'].map((key, place) => ({ at: now() - (4 - place) * 86_400 * S, key, name: key })),
  }[by];
  return { from: now() - 30 * 86_400 * S, to: now(), by, days, total: resolved(days, 0), items: rows.map((row, place) => ({ ...row, ...resolved(days, place) })) };
};

const side = (shift) => ({
  offered: 912, answered: 870 + shift, abandoned: 41 - shift, service_level: 0.81 + shift / 200, abandonment: 0.04 - shift / 1000, asa_s: 11.2 - shift / 4, longest_wait_s: 240 - shift,
});
const fate = (contact, then, later) => ({ contact, queue: 'vip', came: now() - contact * 300 * S, then: { answered: then < 100, waited_s: then }, now: { answered: true, waited_s: later } });
export const rehearsal = (queue) => ({
  at: Date.now() * 1000,
  queue,
  moved: [],
  outcome: 'rings',
  rings: [{ agent: 7, agent_key: 'lin', why: { en: 'Lin Wei was the only idle, eligible agent.', zh: '林薇是唯一空闲且合适的坐席。' } }],
});

export const whatIf = () => ({
  from: now() - 8 * 3_600 * S,
  to: now(),
  inputs: 6120,
  then: { ...side(0), occupancy: 0.83 },
  now: { ...side(10), occupancy: 0.84 },
  now_by_patience: [{ ...side(7), occupancy: 0.84 }, { ...side(12), occupancy: 0.84 }],
  queues: center.queues.map(({ id, key }, place) => ({ id, key, then: side(0), now: side(place * 3 - 2) })),
  winners: 112,
  losers: 23,
  unchanged: 777,
  top_winners: [fate(3, 181, 20), fate(7, 64, 9)],
  top_losers: [fate(5, 12, 48)],
  patience: { mean_s: 212, low_s: 192.5, high_s: 233.5, gave_up: 41, censored: 871, staying: [] },
  borrowed_conversations: 12,
});

export const shadow = () => ({
  state: 'running',
  since: now() - 1_500 * S,
  until: now(),
  inputs: 1240,
  version: 14,
  author: 'admin',
  changes: prospect({ ring_s: 9, wrap_up: { mode: 'none' } }).changes,
  decisions: { compared: 210, same_agent: 150, other_agent: 58, sooner: 41, later: 12, only_live: 0, only_shadow: 2, neither: 0 },
  queues: center.queues.map(({ id, name }, place) => ({ queue: id, queue_name: name, live: sheet(place * 0.05), shadow: sheet(0.1 + place * 0.05) })),
  recent: [1, 2, 3].map((contact) => ({
    contact,
    queue: 4,
    queue_name: '贵宾',
    came: now() - contact * 90 * S,
    live: {
      agent: 7,
      agent_name: 'Ana Lindqvist',
      waited_ms: 14_000,
      en: 'Ana Lindqvist was chosen among 2 idle, eligible agents: most skilled of all.',
      zh: '在2位空闲且合适的坐席中选择了Ana Lindqvist：技能最全面。',
    },
    shadow: {
      agent: 8,
      agent_name: '陈思远',
      waited_ms: 3_000,
      en: '陈思远 was chosen among 4 idle, eligible agents: idle for longest.',
      zh: '在4位空闲且合适的坐席中选择了陈思远：空闲时间最长。',
    },
  })),
  assumptions: [{ en: 'Callers come, give up, and agents sign in and pause as in the live center.', zh: '来电、放弃、坐席签入和小休与实际相同。' }],
});

/** Calls in slots. */
export function parked(at) {
  const one = (slot, customer, caller_shown, by_name, agoS) => ({ slot, interaction: `0198c7d2-0000-7000-8000-00000000${slot}0`, caller_shown, customer, by: 8, by_name, since: at - agoS * 1e6, until: at + 60e6 });
  return [one(701, '王丽华', '138 0013 8000', '陈思远', 42), one(703, null, '021 5550 0188', 'Ben Carter', 8)];
}

/** Where a call can go. */
export function colleagues(at) {
  const one = (id, name, state, reason, free) => ({ id, key: `agent-${id}`, name, state, reason, since: at - id * 9e6, free });
  const line = (id, key, name, waiting, asa_ms, ready) => ({ id, key, name, waiting, longest_since: null, asa_ms, ready });
  return {
    at,
    agents: [
      one(8, '陈思远', 'ready', null, true),
      one(9, 'Ben Carter', 'ready', null, true),
      one(10, 'Emma Clarke', 'not_ready', 'break', true),
      one(11, '王芳', 'busy', null, false),
    ],
    queues: [line(1, 'vip', 'Private clients', 2, 8_400, 0), line(2, 'repair', 'Repairs', 0, 12_000, 3)],
    flows: [{ flow: 'hotline', name: 'Hotline' }],
  };
}
