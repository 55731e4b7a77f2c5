/** Numbers, times and money as people read them. Pure. */

import type { Language } from '../api/wire';

const DAY_MS = 86_400_000;

/** Of dates and numbers. */
export const locale = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-GB');

/** `03:25`, from an hour on `1:03:25`; the same in both languages. */
export function duration(ms: number): string {
  const seconds = Number.isFinite(ms) ? Math.floor(Math.max(0, ms) / 1000) : 0;
  const two = (part: number): string => String(part).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `93 %`; whole numbers, rounded down so that a target just missed does not look met. */
export const share = (value: number): string => `${Math.floor(value * 100 + 1e-9)}%`;

/** A whole number with its thousands apart. */
export const number = (value: number, language: Language): string => new Intl.NumberFormat(locale(language)).format(value);

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

/** Of a file: `1.2 MB`. */
export function bytes(count: number, language: Language): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const options = { style: 'unit', unit: UNITS[step] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: step === 0 ? 0 : 1 } as const;
  return new Intl.NumberFormat(locale(language), options).format(count / 1_000 ** step);
}

export function money(minor: number, currency: string, language: Language): string {
  try {
    const format = new Intl.NumberFormat(locale(language), {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      maximumFractionDigits: 0,
    });
    const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    return format.format(minor / 10 ** (digits ?? 2));
  } catch {
    return `${minor / 100} ${currency}`;
  }
}

export function clockTime(at: number, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    at / 1000,
  );
}

/** The same moment on the clocks of another zone. */
export function clockTimeIn(at: number, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(locale(language), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(
    at / 1000,
  );
}

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The last midnight before `at` where the clocks are those of `timeZone`, `days` days further back. Microseconds. */
export function midnight(at: number, timeZone: string, days = 0): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  /** What the clocks show, as if they were UTC's. */
  const shown = (ms: number): number => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const now = Math.floor(at / 1e6) * 1000;
  const wanted = Math.floor(shown(now) / DAY_MS) * DAY_MS - days * DAY_MS;
  const guess = now - (shown(now) - wanted);
  // Clocks may have been changed between.
  return (guess - (shown(guess) - wanted)) * 1000;
}

export function exactTime(at: number, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 1,
    hourCycle: 'h23',
  }).format(at / 1000);
}

/** Today as a time, this year as day and month, else with the year. */
export function when(at: number, now: number, language: Language): string {
  const [then, today] = [new Date(at / 1000), new Date(now / 1000)];
  if (then.toDateString() === today.toDateString()) return clockTime(at, language);
  const year = then.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale(language), { day: 'numeric', month: 'short', ...year }).format(then);
}

/** A time of today; else with its day before it. */
export function moment(at: number, now: number, language: Language): string {
  const [time, day] = [clockTime(at, language), when(at, now, language)];
  return day === time ? time : `${day} ${time}`;
}

/** The day in a zone, with its year. */
export function dateIn(at: number, language: Language, timeZone: string): string {
  const day = { day: 'numeric', month: 'short', year: 'numeric', timeZone } as const;
  return new Intl.DateTimeFormat(locale(language), day).format(at / 1000);
}

/** `2025-11-02` or `05-17`, as the language writes it; anything else stays as it is. */
export function day(text: string, language: Language): string {
  const parts = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(text);
  if (!parts) return text;
  const [, year, month, date] = parts;
  const value = new Date(Date.UTC(Number(year ?? 2000), Number(month) - 1, Number(date)));
  return new Intl.DateTimeFormat(locale(language), {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(year ? { year: 'numeric' } : {}),
  }).format(value);
}

/** One or two letters for the round mark of a person. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? '';
  if (/^[\u3400-\u9fff]/u.test(first)) return [...first].slice(0, 1).join('');
  return ((first[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}
