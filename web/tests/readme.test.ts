/** The README names buttons that are there. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SHORTCUTS } from '../src/shell/keys';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the first call in the README', () => {
  it('presses keys and buttons of the desktop only', () => {
    const section = /## The first call\n(.*?)\n## /s.exec(read('../../README.md'))?.[1] ?? '';
    const named = [...section.matchAll(/\*\*(.+?)\*\*/g)].map(([, name]) => name);
    const buttons = [...read('../src/text/en.ftl').matchAll(/^[a-z0-9-]+ = (.+)$/gm)].map(([, text]) => text);
    const keys = SHORTCUTS.map((key) => key.shown.join('+'));
    const digits = /^\d$/;
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !buttons.includes(name) && !keys.includes(name ?? '') && !digits.test(name ?? ''))).toEqual([]);
  });
});
