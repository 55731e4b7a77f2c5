/** What the kit is for stays in the kit, and the first paint stays small: both are looked up, not believed. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, type Rolldown } from 'vite';
import { afterAll, describe, expect, it, vi } from 'vitest';

import config from '../../vite.config';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}src/${path}`, 'utf8');
const components = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.svelte') && !name.startsWith('kit/'))
  .sort();
const markup = (source: string): string => source.replace(/<script[^]*?<\/script>/g, '').replace(/<style>[^]*?<\/style>/, '');

/** What a page must not make itself; who may all the same, and why. */
const OWN: { what: string; is: RegExp; instead: string; may?: Record<string, string> }[] = [
  { what: 'a load that failed', is: /'load-failed'|'load-stale'/, instead: 'Load or Status' },
  { what: 'a way to try again', is: /'try-again'/, instead: 'Load or Status', may: { 'sign/Unreachable.svelte': 'asks whether anybody is there, for nothing else' } },
  { what: 'a machine of states', is: /\$state(\.raw)?<[^>]*'(loading|failed|busy|pending)'|\b(busy|failed|loading|loaded|asking|problem) = \$state/, instead: 'load, poll, Sending or Doing' },
  { what: 'a refusal caught', is: /instanceof Refused|catch \(refused/, instead: 'Sending or Doing' },
  { what: 'questions by the clock', is: /setInterval\(/, instead: 'poll', may: { 'sign/Unreachable.svelte': 'nobody is signed in', 'desk/Ring.svelte': 'the title of the page blinks' } },
  { what: 'a table', is: /<table\b/, instead: 'Table', may: { 'records/CalendarDay.svelte': 'hours and people, no rows', 'records/Paper.svelte': 'for the printer' } },
  { what: 'a window', is: /<dialog\b|window\.confirm|\balert\(/, instead: 'Dialog or confirm' },
  { what: 'a field', is: /class="field[ "]/, instead: 'Field' },
  {
    what: 'fields under one word',
    is: /<fieldset\b/,
    instead: 'Fieldset',
    may: {
      'desk/WrapUp.svelte': 'in the first paint, which has no such part',
      'quality/Items.svelte': 'its word carries a mark, and its guide is not a hint of a control',
      'records/RecordFields.svelte': 'its words stand below, as those of the fields beside it',
      'records/RecordForm.svelte': 'locks the whole form',
      'rules/Part.svelte': 'a part of a form under its title',
      'setup/start/TrunkStep.svelte': 'its word is the title of the whole form',
    },
  },
  { what: 'a list of versions', is: /<ol[^]*'rules-in-force'/, instead: 'Versions' },
  { what: 'a box to tick with words', is: /<label[^>]*>\s*<input type="checkbox"/, instead: 'Check' },
  { what: 'a gauge', is: /class="ground"[^]*class="target"/, instead: 'Gauge' },
];

describe('what the kit has', () => {
  it.each(OWN)('is taken from it: $what', ({ is, instead, may = {} }) => {
    const found = components.filter((name) => is.test(read(name)));
    expect(found, `use ${instead} of the kit`).toEqual(Object.keys(may).sort());
  });

  it('is said once: no component repeats a rule of parts.css', () => {
    const parts = read('styles/parts.css');
    const copied = ['hint', 'soft'].flatMap((name) => {
      const words = new RegExp(`\\n  \\.${name} \\{\\n([^}]*)\\}`).exec(parts)?.[1]?.split('\n').map((line) => line.trim()).filter(Boolean) ?? [];
      expect(words.length).toBeGreaterThan(0);
      return components.filter((file) => words.some((line) => new RegExp(`\\n  \\.${name} \\{[^}]*${line.replaceAll(/[()-]/g, '\\$&')}`).test(read(file)))).map((file) => `${file}: .${name}`);
    });
    expect(copied).toEqual([]);
  });

  it('is what forms are made of, but for those that are more than a form', () => {
    const own = components.filter((name) => /<form\b/.test(markup(read(name))));
    expect(own).toEqual([
      // One line with a pad below it.
      'calls/Dialer.svelte',
      // Two columns, judged while one writes; its buttons stand in the other.
      'desk/WrapUp.svelte',
      'rules/Rules.svelte',
    ]);
  });
});

describe('the first paint', () => {
  afterAll(() => vi.unstubAllEnvs());
  const KIB = 1024;
  const MOST = 120 * KIB;

  it('costs at most 120 KiB in each language, fonts included', { timeout: 120_000 }, async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const made = await build({
      ...config,
      root,
      configFile: false,
      mode: 'production',
      logLevel: 'silent',
      plugins: [svelte({ configFile: `${root}svelte.config.js` })],
      build: { ...config.build, write: false },
    });
    const { output } = made as Rolldown.RolldownOutput;
    const size = (name: RegExp): number => {
      const files = output.filter(({ fileName }) => name.test(fileName));
      expect(files.map(({ fileName }) => fileName), `${name}`).toHaveLength(1);
      const [file] = files;
      const bytes = Buffer.from(file?.type === 'chunk' ? file.code : (file?.source ?? ''));
      // A font is compressed already.
      return /\.woff2$/.test(file?.fileName ?? '') ? bytes.length : gzipSync(bytes, { level: 9 }).length;
    };
    const html = output.find(({ fileName }) => fileName === 'index.html');
    const page = html?.type === 'asset' ? String(html.source) : '';
    const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    // One script and one sheet: what else a browser must have before it paints would stand here too.
    expect(named.map((path) => path.replace(/^.*\.(\w+)$/, '$1')).sort()).toEqual(['css', 'js']);
    const always = size(/^index\.html$/) + size(/ibm-plex-sans-latin-wght-normal/) + named.reduce((sum, path) => sum + size(new RegExp(`^${path}$`)), 0);
    for (const language of ['en', 'zh']) {
      const all = always + size(new RegExp(`^assets/${language}-[^.]*\\.js$`));
      expect(all, `${language}: ${(all / KIB).toFixed(1)} KiB`).toBeLessThanOrEqual(MOST);
    }
  });
});
