import { describe, expect, it } from 'vitest';

import { area, Matrix, moved } from '../src/setup/matrix';
import { asLabel, keyFor, labelOf, linesIn, merged, same, sentOf, spansIn, valuesOf } from '../src/setup/values';

describe('a form of the set-up', () => {
  const defaults = { name: '', ring_s: 20, skills: {}, hours: null, password: null };

  it('sends what differs from the default, and passwords only when they are named', () => {
    const values = valuesOf({ ring_s: 9 }, defaults);
    expect(values).toEqual({ name: '', ring_s: 9, skills: {}, hours: null });
    expect(sentOf(values, defaults)).toEqual({ ring_s: 9 });
    expect(sentOf({ ...values, ring_s: 20, password: null }, defaults)).toEqual({ password: null });
    expect(sentOf({ ...values, password: { plain: 'x' } }, defaults)).toEqual({ ring_s: 9, password: { plain: 'x' } });
  });

  it('puts my changes on top of what somebody else made of it', () => {
    const base = { name: 'Ana', group: null, skills: { gems: 3 }, weight: 1 };
    const mine = { ...base, name: 'Ana Li', weight: 2 };
    const now = { ...base, group: 'shop', weight: 3 };
    expect(merged(base, mine, now)).toEqual({
      values: { name: 'Ana Li', group: 'shop', skills: { gems: 3 }, weight: 2 },
      theirs: ['group'],
      both: ['weight'],
    });
    expect(merged(base, mine, mine)).toMatchObject({ theirs: [], both: [] });
  });

  it.each([
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[1, 2], [2, 1], false],
    [null, undefined, false],
  ])('%o and %o: %s', (one, other, as) => {
    expect(same(one, other)).toBe(as);
  });

  it.each([
    ['Sales', { en: 'Sales', zh: '' }, 'Sales'],
    [{ en: 'Sales', zh: '销售' }, { en: 'Sales', zh: '销售' }, { en: 'Sales', zh: '销售' }],
    [{ zh: '销售' }, { en: '', zh: '销售' }, { zh: '销售' }],
    [undefined, { en: '', zh: '' }, ''],
  ])('a name %o', (written, both, back) => {
    expect(labelOf(written)).toEqual(both);
    expect(asLabel(both)).toEqual(back);
  });

  it.each([
    ['09:00-12:00, 13:00 – 18:00', ['09:00-12:00', '13:00-18:00']],
    ['09:00至12:00，13:00-18:00', ['09:00-12:00', '13:00-18:00']],
    ['', []],
  ])('spans in %s', (text, spans) => {
    expect(spansIn(text)).toEqual(spans);
  });

  it.each([
    ['Ana Müller', 'ana-muller'],
    ['  VIP / gold  ', 'vip-gold'],
    ['林悦', ''],
  ])('a key for %s', (name, key) => {
    expect(keyFor(name)).toBe(key);
  });

  it('takes a line for each of a list', () => {
    expect(linesIn(' a \n\nb')).toEqual(['a', 'b']);
  });
});

describe('the skills matrix', () => {
  const people = [
    { key: 'ana', name: 'Ana', skills: { gems: 7 } },
    { key: 'bo', name: 'Bo', skills: { pearls: 2 } },
  ];
  const matrix = (): Matrix => new Matrix(people, ['gems', 'pearls', 'opals']);
  const cell = (row: number, column: number) => ({ row, column });
  const one = (row: number, column: number) => area(cell(row, column), cell(row, column));

  it('asks for the cells that were changed, and for no other', () => {
    const of = matrix();
    expect([of.level(cell(0, 0)), of.level(cell(1, 1)), of.level(cell(1, 0)), of.changes]).toEqual([7, 2, 0, 0]);
    of.digit(one(0, 0), 3, false);
    of.fill(one(1, 1), 0);
    expect(of.patch()).toEqual({ agent: { ana: { skills: { gems: 3 } }, bo: { skills: { pearls: null } } } });
    of.digit(one(0, 0), 7, false);
    expect([of.changes, of.changed(cell(0, 0)), of.changed(cell(1, 1))]).toEqual([1, false, true]);
  });

  it('makes ten of one and zero', () => {
    const of = matrix();
    of.digit(one(0, 2), 1, false);
    of.digit(one(0, 2), 0, true);
    expect(of.level(cell(0, 2))).toBe(10);
    of.digit(one(0, 2), 0, false);
    expect(of.level(cell(0, 2))).toBe(0);
  });

  it('pastes as spreadsheets copy, and tells what it could not take', () => {
    const of = matrix();
    expect(of.paste(one(0, 1), '4\t5\t6\r\n11\tx\r\n')).toEqual({ taken: 2, left: 3 });
    expect([of.level(cell(0, 1)), of.level(cell(0, 2)), of.level(cell(1, 1))]).toEqual([4, 5, 2]);
    expect(of.paste(area(cell(0, 0), cell(1, 2)), '9')).toEqual({ taken: 6, left: 0 });
    expect(of.copy(area(cell(0, 0), cell(1, 1)))).toBe('9\t9\n9\t9');
    expect([of.undo(), of.undo(), of.undo()]).toEqual([true, true, false]);
    expect(of.changes).toBe(0);
  });

  it('goes on top of a newer one as far as people and skills are there', () => {
    const of = matrix();
    of.fill(one(0, 0), 1);
    of.fill(one(1, 2), 4);
    const next = new Matrix([{ key: 'bo', name: 'Bo', skills: { pearls: 9 } }], ['opals', 'pearls']);
    next.take(of);
    expect(next.patch()).toEqual({ agent: { bo: { skills: { opals: 4 } } } });
  });

  it('holds two thousand agents and two hundred skills without a wait', () => {
    const skills = Array.from({ length: 200 }, (_, nth) => `s${nth}`);
    const many = Array.from({ length: 2_000 }, (_, nth) => ({ key: `a${nth}`, name: `A ${nth}`, skills: { s1: 3 } }));
    const began = performance.now();
    const of = new Matrix(many, skills);
    of.fill(area(cell(0, 0), cell(1_999, 199)), 5);
    expect(of.changes).toBe(400_000);
    expect(Object.keys(of.patch()['agent'] ?? {})).toHaveLength(2_000);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it.each([
    ['ArrowDown', false, cell(2, 1)],
    ['ArrowLeft', true, cell(1, 0)],
    ['End', true, cell(9, 4)],
    ['PageUp', false, cell(0, 1)],
    ['x', false, null],
  ] as const)('%s, far: %s', (key, far, to) => {
    expect(moved(cell(1, 1), key, { rows: 10, columns: 5, page: 4 }, far)).toEqual(to);
  });
});
