import { describe, expect, it } from 'vitest';

import type { QueueTile } from '../src/api/wire';
import { longestWait, serviceLevel, staffing, worst } from '../src/board/levels';
import { peaks } from '../src/contacts/peaks';
import { actionOf, digitOf, isBare, type Pressed, SHORTCUTS, shortcutsOf } from '../src/shell/keys';
import { pagesOf, routeOf } from '../src/shell/route';

const pressed = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  repeat: false,
  writing: false,
  ...more,
});

describe('keys', () => {
  it.each([
    ['F2', {}, 'answer'],
    ['F2', { shiftKey: true }, 'hang_up'],
    ['F2', { writing: true }, 'answer'],
    ['F4', {}, 'mute'],
    ['F8', {}, 'hold'],
    ['F8', { shiftKey: true }, 'merge'],
    ['F7', {}, 'swap'],
    ['F9', { writing: true }, 'move'],
    ['F9', { shiftKey: true }, 'complete'],
    ['F6', { shiftKey: true }, 'park'],
    ['F4', { shiftKey: true }, null],
    ['F2', { isComposing: true }, null],
    ['F2', { repeat: true }, null],
    ['F4', { altKey: true }, null],
    ['k', { ctrlKey: true, writing: true }, 'find'],
    ['k', {}, null],
    ['F2', { ctrlKey: true }, null],
    ['?', { shiftKey: true }, 'keys'],
    ['?', {}, 'keys'],
    ['?', { shiftKey: true, writing: true }, null],
    ['w', {}, 'wall'],
    ['W', { shiftKey: true }, 'wall'],
    ['w', { writing: true }, null],
    ['w', { ctrlKey: true }, null],
    ['Escape', {}, null],
  ] as const)('%s %o', (key, more, action) => {
    expect(actionOf(pressed(key, more))).toBe(action);
  });

  it('each person is shown their own keys, each with its words', () => {
    expect(shortcutsOf(false).map(({ action }) => action)).not.toContain('wall');
    expect(shortcutsOf(true)).toEqual(SHORTCUTS);
    expect(SHORTCUTS.filter(({ action }) => isBare(action)).map(({ shown }) => shown.join())).toEqual(['W', '?']);
  });

  it('digits count where nobody writes', () => {
    expect(digitOf(pressed('3'))).toBe(3);
    expect(digitOf(pressed('0'))).toBeNull();
    expect(digitOf(pressed('3', { writing: true }))).toBeNull();
    expect(digitOf(pressed('3', { isComposing: true }))).toBeNull();
    expect(digitOf(pressed('3', { ctrlKey: true }))).toBeNull();
  });
});

describe('addresses', () => {
  it.each([
    ['', { page: 'desk' }],
    ['#/', { page: 'desk' }],
    ['#/records', { page: 'records', kind: null, record: null, query: '' }],
    ['#/records/ticket?show=board&state=open', { page: 'records', kind: 'ticket', record: null, query: 'show=board&state=open' }],
    ['#/records/ticket/12', { page: 'records', kind: 'ticket', record: 12, query: '' }],
    ['#/records/ticket/new?customer=4711', { page: 'records', kind: 'ticket', record: 'new', query: 'customer=4711' }],
    ['#/records/ticket/x', { page: 'records', kind: 'ticket', record: null, query: '' }],
    ['#/setup', { page: 'setup', path: '' }],
    ['#/setup/number/%2B862155500100', { page: 'setup', path: 'number/%2B862155500100' }],
    ['#/kinds', { page: 'kinds', kind: null }],
    ['#/kinds/ticket', { page: 'kinds', kind: 'ticket' }],
    ['#/board', { page: 'board' }],
    ['#/wall', { page: 'wall' }],
    ['#/contacts', { page: 'contacts', interaction: null }],
    ['#/contacts/?queue=vip&days=1', { page: 'contacts', interaction: '?queue=vip&days=1' }],
    ['#/contacts/0198-a', { page: 'contacts', interaction: '0198-a' }],
    ['#/tasks', { page: 'tasks' }],
    ['#/tokens', { page: 'tokens' }],
    ['#/customers', { page: 'customers', customer: null }],
    ['#/customers/17', { page: 'customers', customer: 17 }],
    ['#/customers/x', { page: 'customers', customer: null }],
    ['#/link/abc_-1', { page: 'link', token: 'abc_-1' }],
    ['#/link/%E0%A4%A', { page: 'link', token: '%E0%A4%A' }],
    ['#/quality', { page: 'quality', evaluation: null }],
    ['#/quality/12', { page: 'quality', evaluation: 12 }],
    ['#/nowhere', { page: 'desk' }],
  ])('%s', (hash, route) => {
    expect(routeOf(hash)).toEqual(route);
  });
});

describe('pages', () => {
  const seat = { id: 7, key: 'ana', name: 'Ana' };

  it.each([
    ['agent', seat, 'desk contacts customers records tasks quality'],
    ['supervisor', null, 'board contacts customers records tasks quality campaigns figures reports rules'],
    ['admin', seat, 'desk board contacts customers records tasks quality campaigns figures reports rules setup kinds tokens'],
  ] as const)('of an %s', (role, agent, names) => {
    expect(pagesOf({ role, agent }).map(({ name }) => name).join(' ')).toBe(names);
  });
});

describe('levels of the board', () => {
  const tile = (more: Partial<QueueTile>, value: number | null = 0.9): QueueTile =>
    ({
      waiting: 0,
      ready: 0,
      reserved: 0,
      busy: 0,
      wrap_up: 0,
      not_ready: 0,
      service_level: { value, formula: 'V8', threshold_s: 20, short_abandon_s: 5, target: 0.8 },
      ...more,
    }) as QueueTile;

  it('service level against its target', () => {
    expect([null, 0.8, 0.79, 0.7, 0.69].map((value) => serviceLevel(tile({}, value)))).toEqual([
      'calm',
      'calm',
      'warn',
      'warn',
      'act',
    ]);
  });

  it('the longest wait against the promise', () => {
    expect([null, 20_000, 20_001, 60_000, 60_001].map((ms) => longestWait(tile({}), ms))).toEqual([
      'calm',
      'calm',
      'warn',
      'warn',
      'act',
    ]);
  });

  it('nobody there is worse than too few', () => {
    expect(staffing(tile({ waiting: 0 }))).toBe('calm');
    expect(staffing(tile({ waiting: 1, not_ready: 3 }))).toBe('act');
    expect(staffing(tile({ waiting: 2, busy: 1 }))).toBe('warn');
    expect(staffing(tile({ waiting: 1, busy: 1 }))).toBe('calm');
  });

  it('the worst one shows', () => {
    expect(worst('calm', 'act', 'warn')).toBe('act');
    expect(worst('calm', 'warn')).toBe('warn');
    expect(worst()).toBe('calm');
  });
});

describe('the picture of a recording', () => {
  it('keeps the loudest sample of each part', () => {
    expect(peaks(new Float32Array([0, 0.5, -1, 0.25, 0, 0]), 3)).toEqual([0.5, 1, 0]);
    expect(peaks(new Float32Array([]), 2)).toEqual([0, 0]);
    expect(peaks(new Float32Array([0.5]), 3)).toEqual([0.5, 0.5, 0.5]);
  });
});
