/** Telephone numbers as people write and paste them. The server decides what a number is; this only finds it. Pure. */

/** What may stand in a number between its digits. */
const BETWEEN = String.raw`[\s().\-/\u2010-\u2015\u00b7]{0,3}`;
const NUMBER = new RegExp(String.raw`\+?\(?\d(?:${BETWEEN}\d)+`, 'g');
/** Marks of direction and breaks that come along when a number is copied. */
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const LEAST = 5;
const MOST = 17;
/** After the number: an extension, which no line can be dialled with by itself. */
const EXTENSION = /(?:;ext=|#|\bext\.?|\bx|转|分机)\s*\d{1,6}\s*$/i;

const digits = (text: string): number => text.replaceAll(/\D/g, '').length;

/** The one number in a text, without what stands around it; `null`: none, or several. */
export function numberIn(text: string): string | null {
  const plain = text.normalize('NFKC').replaceAll(UNSEEN, '').replace(EXTENSION, '').trim();
  const found = [...plain.matchAll(NUMBER)].map(([number]) => number).filter((number) => digits(number) >= LEAST && digits(number) <= MOST);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** What to dial for what stands in the field. */
export const dialled = (text: string): string => numberIn(text) ?? text.trim();

/** Of a `tel:` link (RFC 3966), or of a number alone; `null`: nothing that could be dialled. Parameters say nothing to dial. */
export function telephone(link: string): string | null {
  const [subscriber = ''] = link.trim().replace(/^tel:(?:\/\/)?/i, '').split(';');
  const number = dialled(subscriber);
  return /^\+?[\d\s().\-/*#]{1,40}$/.test(number) && digits(number) > 0 ? number : null;
}

export type Part = { text: string } | { number: string };

/** `+`, a trunk's zero, or a mobile number of China: dates, sums and order numbers are none. */
const CERTAIN = /^\(?(?:\+|0\d{8}|1[3-9]\d{9}$)/;

/** A text with the numbers in it apart: only what is a telephone number without a doubt. */
export function withNumbers(text: string): Part[] {
  // Wide figures are figures, each in its place.
  const plain = text.replaceAll(/[\uff08\uff09\uff0b\uff0d\uff10-\uff19]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  const parts: Part[] = [];
  let at = 0;
  for (const found of plain.matchAll(NUMBER)) {
    const [number] = found;
    const count = digits(number);
    const stuck = /[\w#¥$€£.,-]$/.test(plain.slice(0, found.index)) || /^[\w%]/.test(plain.slice(found.index + number.length));
    if (stuck || count < 9 || count > MOST || !CERTAIN.test(number.replaceAll(/[^+\d]/g, ''))) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index) });
    parts.push({ number: text.slice(found.index, found.index + number.length) });
    at = found.index + number.length;
  }
  return at < text.length ? [...parts, { text: text.slice(at) }] : parts;
}
