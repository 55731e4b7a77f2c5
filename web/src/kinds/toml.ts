/** The text of a definition by its tables and keys, each with its place: changed where it stands, the rest untouched. Pure. */

export interface Pair {
  key: string;
  /** From the key on, to the end of its line. */
  from: number;
  to: number;
  /** The value alone. */
  value: { from: number; to: number };
}

export interface Table {
  /** `field.subject`; empty: the top. */
  head: string;
  /** `[[…]]`. */
  several: boolean;
  /** From its head to the end of its last line; what stands behind it as comment belongs to the next. */
  from: number;
  to: number;
  pairs: Pair[];
}

/** Behind a text that begins at `at`. */
function endOfText(source: string, at: number): number {
  const quote = source[at] ?? '';
  const long = source.startsWith(quote.repeat(3), at);
  const mark = long ? quote.repeat(3) : quote;
  for (let i = at + mark.length; i < source.length; i += 1) {
    if (quote === '"' && source[i] === '\\') i += 1;
    else if (source.startsWith(mark, i)) return i + mark.length;
    else if (!long && source[i] === '\n') return i;
  }
  return source.length;
}

const endOfLine = (source: string, at: number): number => {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
};

/** Behind a value that begins at `at`: over lines, as long as brackets are open. */
function endOfValue(source: string, at: number): number {
  let open = 0;
  for (let i = at; i < source.length; i += 1) {
    const sign = source[i] ?? '';
    if (sign === '"' || sign === "'") i = endOfText(source, i) - 1;
    else if (sign === '#') i = endOfLine(source, i) - 1;
    else if (sign === '[' || sign === '{') open += 1;
    else if (sign === ']' || sign === '}') open -= 1;
    else if (sign === '\n' && open <= 0) return i;
  }
  return source.length;
}

/** Without the comment behind it. */
function bare(source: string, from: number, to: number): number {
  let end = to;
  for (let i = from; i < to; i += 1) {
    const sign = source[i];
    if (sign === '"' || sign === "'") i = endOfText(source, i) - 1;
    else if (sign === '#' && !source.slice(i, to).includes('\n')) {
      end = i;
      break;
    }
  }
  return from + source.slice(from, end).trimEnd().length;
}

const HEAD = /^\[(\[)?\s*([^\]\n]+?)\s*\]/;
const KEY = /^([A-Za-z0-9_.\-"' ]+?)\s*=\s*/;

/** Reads on over what it does not understand. */
export function tablesOf(source: string): Table[] {
  const tables: Table[] = [{ head: '', several: false, from: 0, to: 0, pairs: [] }];
  let at = 0;
  while (at < source.length) {
    const line = source.slice(at, endOfLine(source, at));
    const start = at + (line.length - line.trimStart().length);
    const rest = source.slice(start);
    const head = HEAD.exec(line.trimStart());
    const key = head ? null : KEY.exec(rest);
    const table = tables.at(-1) as Table;
    if (head) {
      at = endOfLine(source, at);
      tables.push({ head: (head[2] ?? '').replaceAll(/\s/g, ''), several: head[1] !== undefined, from: start, to: at, pairs: [] });
    } else if (key && !line.trimStart().startsWith('#')) {
      const from = start + key[0].length;
      at = endOfValue(source, from);
      table.pairs.push({ key: (key[1] ?? '').replaceAll(/[\s"']/g, ''), from: start, to: at, value: { from, to: bare(source, from, at) } });
      table.to = at;
    } else at = endOfLine(source, at);
    at += 1;
  }
  return tables;
}

export const tableOf = (source: string, head: string): Table | null => tablesOf(source).find((table) => table.head === head) ?? null;

export const valueIn = (source: string, table: Table, key: string): string | null => {
  const pair = table.pairs.find((one) => one.key === key);
  return pair ? source.slice(pair.value.from, pair.value.to) : null;
};

const cut = (source: string, from: number, to: number, text: string): string => source.slice(0, from) + text + source.slice(to);

/** `null` takes the key away. Where the table is not there, nothing happens. */
export function withKey(source: string, head: string, key: string, value: string | null): string {
  const table = tableOf(source, head);
  if (!table) return source;
  const pair = table.pairs.find((one) => one.key === key);
  if (pair && value !== null) return cut(source, pair.value.from, pair.value.to, value);
  if (pair) return cut(source, pair.from, Math.min(source.length, pair.to + 1), '');
  return value === null ? source : cut(source, table.to, table.to, `${table.to > 0 ? '\n' : ''}${key} = ${value}`);
}

/** A table goes, with the empty line before it. */
export function withoutTable(source: string, table: Table): string {
  const before = source.slice(0, table.from).replace(/\n\n+$/, '\n');
  return before + source.slice(Math.min(source.length, table.to + 1));
}

/** A text as TOML writes it; JSON escapes the same. */
export const quoted = (text: string): string => JSON.stringify(text);

/** The texts of a list. */
export const textsIn = (value: string): string[] => [...value.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2] ?? '');

export const listOf = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;
