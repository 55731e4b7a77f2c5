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
