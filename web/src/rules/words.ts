/**
 * What a value of the rules means, in the words of the form. The server writes values as the file does
 * (`[{ after_ms = 20000, min_level = 3 }]`); what cannot be read stays as it is written. Pure.
 */

export type Value = string | number | boolean | Value[] | { [key: string]: Value };
type Table = Record<string, Value>;

/** The words on the screen, and the names of what the rules name by key. */
export interface Speech {
  say(id: string, values?: Record<string, string | number>): string;
  has(id: string): boolean;
  skill(key: string): string;
  group(key: string): string;
  queue(key: string): string;
  hours(key: string): string;
}

const BASIC: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
/** Deeper than any rule. */
const DEEPEST = 16;

/** A TOML value on one line; `undefined`: this is none. */
export function read(written: string): Value | undefined {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`not a value at ${at}`);
  };
  const space = (): void => {
    while (/\s/.test(written[at] ?? '')) at++;
  };
  const take = (mark: string): boolean => {
    space();
    if (written[at] !== mark) return false;
    at++;
    return true;
  };
  const match = (form: RegExp): string => {
    const found = form.exec(written.slice(at))?.[0] ?? fail();
    at += found.length;
    return found;
  };
  const text = (): string => {
    if (written[at] === "'") return match(/^'[^']*'/).slice(1, -1);
    const raw = match(/^"(?:[^"\\]|\\.)*"/).slice(1, -1);
    return raw.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, mark: string) =>
      code ? String.fromCharCode(parseInt(code, 16)) : (BASIC[mark] ?? mark),
    );
  };
  const key = (): string => {
    space();
    return written[at] === '"' || written[at] === "'" ? text() : match(/^[A-Za-z0-9_-]+/);
  };
  const table = (deep: number): Table => {
    const all: Table = {};
    if (take('}')) return all;
    do {
      const name = key();
      if (!take('=')) fail();
      all[name] = value(deep);
    } while (take(','));
    if (!take('}')) fail();
    return all;
  };
  const list = (deep: number): Value[] => {
    const all: Value[] = [];
    if (take(']')) return all;
    do all.push(value(deep));
    while (take(','));
    if (!take(']')) fail();
    return all;
  };
  const value = (deep: number): Value => {
    if (deep > DEEPEST) fail();
    if (take('[')) return list(deep + 1);
    if (take('{')) return table(deep + 1);
    if (written[at] === '"' || written[at] === "'") return text();
    const word = match(/^(?:true|false|[-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.-])/);
    return word === 'true' || word === 'false' ? word === 'true' : Number(word.replaceAll('_', ''));
  };
  try {
    const found = value(0);
    space();
    return at === written.length ? found : undefined;
  } catch {
    return undefined;
  }
}

const isTable = (value: Value | undefined): value is Table => typeof value === 'object' && !Array.isArray(value);
const tables = (value: Value | undefined): Table[] => (Array.isArray(value) ? value.filter(isTable) : []);
const strings = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : [];

/** A value of this field as people say it. */
export function inWords(field: string, written: string, speech: Speech): string {
  const value = read(written);
  if (value === undefined) return written;
  const said = OF_FIELD[field]?.(value, speech) ?? plain(field, value, speech);
  return said || speech.say('rules-nothing');
}

const seconds = (count: number, { say }: Speech): string => `${count} ${say('unit-s')}`;

/** What needs no knowledge of the field but its unit. */
function plain(field: string, value: Value, speech: Speech): string {
  if (typeof value === 'boolean') return speech.say(value ? 'yes' : 'no');
  if (typeof value === 'number') return field.endsWith('_s') ? seconds(value, speech) : `${value}`;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((it) => plain('', it, speech)).join('; ');
  return Object.entries(value).map(([key, it]) => `${key}: ${plain(key, it, speech)}`).join(', ');
}

const chosen = (prefix: string) => (value: Value, { say, has }: Speech): string =>
  has(`${prefix}-${String(value)}`) ? say(`${prefix}-${String(value)}`) : String(value);

/** `{ jewellery = 7, english = { min = 3, weight = 2 } }` */
function skills(value: Value, { say, skill }: Speech): string {
  if (!isTable(value)) return '';
  const one = ([key, need]: [string, Value]): string => {
    const [min, weight] = isTable(need) ? [need['min'] ?? 1, need['weight'] ?? 1] : [need, 1];
    return `${skill(key)} ≥ ${String(min)}${weight === 1 ? '' : ` (${say('rules-weight')} ${String(weight)})`}`;
  };
  return Object.entries(value).map(one).join(', ');
}

const UNITS: Readonly<Record<string, string>> = { service_level_below: '%' };

/** `"no_agents"` or `{ estimate_above = 60 }` */
function condition(prefix: string, when: Value | undefined, { say }: Speech): string {
  if (typeof when === 'string') return say(`${prefix}-${when}`);
  const [name, limit] = Object.entries(isTable(when) ? when : {})[0] ?? [];
  if (name === undefined) return '';
  const unit = UNITS[name] ?? (name.startsWith('estimate') ? ` ${say('unit-s')}` : '');
  return `${say(`${prefix}-${name}`)} ${String(limit)}${unit}`;
}

function step(it: Table, speech: Speech): string {
  const { say, skill, group, queue } = speech;
  const begins = [
    say('step-after', { seconds: Number(it['after_ms'] ?? 0) / 1000 }),
    ...(it['when'] === undefined ? [] : [`${say('step-or')} ${condition('when', it['when'], speech)}`]),
  ];
  const lower = isTable(it['lower']) ? skills(it['lower'], speech) : '';
  const does = [
    ...(typeof it['min_level'] === 'number' ? [`${say('rules-min-level')} ${it['min_level']}`] : []),
    ...(lower ? [lower] : []),
    ...strings(it['drop']).map((key) => `${say('rules-drop')} ${skill(key)}`),
    ...strings(it['add_groups']).map((key) => `${say('rules-add-group')} ${group(key)}`),
    ...strings(it['add_queues']).map((key) => `${say('rules-add-queue')} ${queue(key)}`),
  ];
  return `${begins.join(' ')}: ${does.join(', ') || say('rules-as-before')}`;
}

/** Each field by itself: label and value of what the table has. */
const labelled = (value: Value, labels: Readonly<Record<string, (it: Value) => string>>): string =>
  isTable(value) ? Object.entries(labels).flatMap(([key, one]) => (value[key] === undefined ? [] : [one(value[key])])).join(', ') : '';

const OF_FIELD: Readonly<Record<string, (value: Value, speech: Speech) => string>> = {
  agent_selection: chosen('policy'),
  contact_selection: chosen('contact'),
  skills,
  any_skill: skills,
  relax: (value, speech) => tables(value).map((it) => step(it, speech)).join('; '),
  overflow: (value, speech) =>
    tables(value).map((it) => `${condition('overflow', it['when'], speech)} → ${speech.queue(String(it['to']))}`).join('; '),
  reserve: (value, { group, say }) =>
    tables(value).map((it) => `${group(String(it['group']))}: ${String(it['agents'])} ${say('unit-agents')}`).join('; '),
  special: (value, { say }) =>
    Object.entries(isTable(value) ? value : {})
      .map(([date, spans]) => `${date} ${strings(spans).join(', ') || say('holidays-closed')}`)
      .join('; '),
  hours: (value, { hours }) => hours(String(value)),
  announce: (value, { say }) => strings(value).map((what) => say(`announce-${what}`)).join(', '),
  share_ppm: (value) => `${Number(value) / 1e4}%`,
  service_level_percent: (value) => `${String(value)}%`,
  wrap_up: (value, speech) =>
    isTable(value) ? `${chosen('wrap')(value['mode'] ?? '', speech)}, ${seconds(Number(value['seconds'] ?? 0), speech)}` : '',
  score: (value, speech) =>
    labelled(value, {
      base_ms: (it) => `${speech.say('rules-base')} ${seconds(Number(it) / 1000, speech)}`,
      ageing_ppm: (it) => `${speech.say('rules-ageing')} ${Number(it) / 1e6} ${speech.say('unit-ageing')}`,
      max_bonus_s: (it) => `${speech.say('rules-cap')} ${seconds(Number(it), speech)}`,
    }),
  call_back: (value, speech) =>
    labelled(value, {
      digit: (it) => `${speech.say('more-digit')} ${String(it)}`,
      ring_s: (it) => `${speech.say('rules-ring')} ${seconds(Number(it), speech)}`,
      tries: (it) => `${speech.say('more-tries')} ${String(it)}`,
      retry_s: (it) => `${speech.say('more-retry')} ${seconds(Number(it), speech)}`,
      max_open: (it) => `${speech.say('more-open')} ${String(it)}`,
    }),
  vip_bonus: (value, speech) =>
    labelled(value, {
      tiers: (all) =>
        Object.entries(isTable(all) ? all : {})
          .map(([tier, it]) => `${chosen('tier')(tier, speech)} ${seconds(Number(it), speech)}`)
          .join(', '),
      values: (all) =>
        tables(all)
          .map((it) => `${speech.say('more-value')} ${String(it['from_minor'])} (${speech.say('unit-minor')}): ${seconds(Number(it['bonus_s']), speech)}`)
          .join(', '),
    }).replace(/^, |, $/g, ''),
};
