import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { FluentBundle, FluentResource } from '@fluent/bundle';
import { describe, expect, it } from 'vitest';

import { clockTime, clockTimeIn, day, duration, initials, midnight, money, number, share } from '../src/text/format';

const root = new URL('../src/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const ids = (source: string): string[] => [...source.matchAll(/^([a-z][\w-]*) =/gm)].map((match) => match[1] ?? '');
const variables = (source: string): Map<string, string[]> =>
  new Map(
    [...source.matchAll(/^([a-z][\w-]*) = (.*)$/gm)].map(([, id, words]) => [
      id ?? '',
      [...(words ?? '').matchAll(/\$(\w+)/g)].map((match) => match[1] ?? '').sort(),
    ]),
  );

const desk = { en: read('text/en.ftl'), zh: read('text/zh.ftl') };
const FILES = readdirSync(new URL('text/en/', root)).filter((name) => name.endsWith('.ftl'));
const pagesOf = (language: string): string => FILES.map((name) => read(`text/${language}/${name}`)).join('\n');
const pages = { en: pagesOf('en'), zh: pagesOf('zh') };
const [en, zh] = [desk.en + pages.en, desk.zh + pages.zh];

/** Of what is loaded with the first page, and what the desk loads by itself: everything but the other pages. */
function sourcesOfDesk(): string {
  const found = new Map<string, string>();
  const follow = (path: string): void => {
    if (found.has(path)) return;
    const source = read(path);
    found.set(path, source);
    const wanted = [...source.matchAll(/^\s*(?:import|export) (?!type )[^;]*?'(\.[^']+)'/gm)];
    // Pages come by `page(…)`; whatever else comes late belongs to the desk.
    const late = [...source.matchAll(/(?<!\(\) => )import\('(\.[^']+)'\)/g)];
    for (const [, to = ''] of [...wanted, ...late]) {
      const base = new URL(to, new URL(path, root)).href.slice(root.href.length);
      const file = [base, `${base}.ts`].find((name) => /\.(svelte|ts)$/.test(name) && existsSync(new URL(name, root)));
      if (file) follow(file);
    }
  };
  follow('main.ts');
  return [...found.values()].join('\n');
}
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name))
  .map((name) => read(name))
  .join('\n');

describe('the two languages', () => {
  it('are valid Fluent', () => {
    for (const source of [desk.en, desk.zh, pages.en, pages.zh]) {
      expect(new FluentBundle('en').addResource(new FluentResource(source))).toEqual([]);
    }
  });

  it('say the same things with the same values', () => {
    expect(ids(zh).sort()).toEqual(ids(en).sort());
    expect(new Set(ids(en)).size).toBe(ids(en).length);
    expect([...variables(zh)].sort()).toEqual([...variables(en)].sort());
  });

  it('have the same words at once', () => {
    expect(ids(desk.zh)).toEqual(ids(desk.en));
    for (const name of FILES) expect(ids(read(`text/zh/${name}`))).toEqual(ids(read(`text/en/${name}`)));
  });

  it('have the same files', () => {
    expect(readdirSync(new URL('text/zh/', root)).sort()).toEqual(readdirSync(new URL('text/en/', root)).sort());
  });

  it('have at once what the desk says', () => {
    const source = sourcesOfDesk();
    expect(source).toContain("t('start-shift')");
    expect(source).not.toContain("t('past-title')");
    const composed = [...source.matchAll(/`([a-z-]+-)\$\{/g)].map((match) => match[1] ?? '');
    // Rows of the line to be called back; the desk says the phone's.
    const other = (id: string): boolean => id.startsWith('line-');
    const later = ids(pages.en).filter(
      (id) => source.includes(`'${id}'`) || (!other(id) && composed.some((prefix) => id.startsWith(prefix))),
    );
    expect(later).toEqual([]);
  });

  it('have every id that the pages ask for', () => {
    const asked = [...sources.matchAll(/\bt\('([\w-]+)'/g)].map((match) => match[1] ?? '');
    expect(asked.filter((id) => !ids(en).includes(id))).toEqual([]);
  });

  it('have no id that nobody asks for', () => {
    const composed = [...sources.matchAll(/`([a-z-]+-)\$\{/g)].map((match) => match[1] ?? '');
    const byPrefix = [...composed, 'number-refused-', 'order-', 'date-', 'point-', 'event-', 'not-now-', 'party-', 'act-refused-', 'write-refused-'];
    const unused = ids(en).filter((id) => !sources.includes(`'${id}'`) && !byPrefix.some((prefix) => id.startsWith(prefix)));
    expect(unused).toEqual([]);
  });
});

describe('numbers and times', () => {
  it('spans', () => {
    expect([0, 999, 205_000, 3_599_000, 3_805_000, -1, Number.POSITIVE_INFINITY].map(duration)).toEqual([
      '00:00',
      '00:00',
      '03:25',
      '59:59',
      '1:03:25',
      '00:00',
      '00:00',
    ]);
  });

  it('a share just under the target does not look met', () => {
    expect([0.7999, 0.8, 1, 0].map(share)).toEqual(['79%', '80%', '100%', '0%']);
  });

  it('whole numbers with their thousands apart', () => {
    expect([number(999, 'en'), number(12_345, 'en'), number(12_345, 'zh')]).toEqual(['999', '12,345', '12,345']);
  });

  it('money in its smallest unit', () => {
    expect(money(1_280_000, 'CNY', 'zh')).toBe('¥12,800');
    expect(money(12_800, 'JPY', 'en')).toBe('¥12,800');
    expect(money(500, '?', 'en')).toBe('5 ?');
  });

  it('days with and without a year, and what is no day', () => {
    expect(day('05-17', 'en')).toBe('17 May');
    expect(day('2024-10-02', 'zh')).toBe('2024年10月2日');
    expect(day('soon', 'en')).toBe('soon');
  });

  it('the clock has 24 hours', () => {
    expect(clockTime(Date.UTC(2026, 0, 5, 0, 5) * 1000, 'en')).toMatch(/^\d\d:\d\d$/);
  });

  it('marks of people', () => {
    expect(['Ana Lindqvist', '王丽华', 'Cher', 'Jean Luc Picard', ''].map(initials)).toEqual(['AL', '王', 'C', 'JP', '']);
  });
});

describe('the day of the center', () => {
  const micros = (iso: string): number => Date.parse(iso) * 1000;

  it('begins at its midnight, wherever the browser is', () => {
    expect(midnight(micros('2026-11-22T15:30:00Z'), 'Asia/Shanghai')).toBe(micros('2026-11-21T16:00:00Z'));
    expect(midnight(micros('2026-11-22T16:30:00Z'), 'Asia/Shanghai')).toBe(micros('2026-11-22T16:00:00Z'));
    expect(midnight(micros('2026-11-22T16:30:00.7Z'), 'Asia/Shanghai', 6)).toBe(micros('2026-11-16T16:00:00Z'));
  });

  it('begins at midnight when clocks are changed, too', () => {
    expect(midnight(micros('2026-03-29T10:00:00Z'), 'Europe/Berlin')).toBe(micros('2026-03-28T23:00:00Z'));
    expect(midnight(micros('2026-10-25T10:00:00Z'), 'Europe/Berlin')).toBe(micros('2026-10-24T22:00:00Z'));
    expect(midnight(micros('2026-10-27T10:00:00Z'), 'Europe/Berlin', 6)).toBe(micros('2026-10-20T22:00:00Z'));
  });

  it('is told by the clocks there', () => {
    expect(clockTimeIn(micros('2026-11-22T15:30:00Z'), 'en', 'Asia/Shanghai')).toBe('23:30');
  });
});
