import { describe, expect, it } from 'vitest';

import { dialled, numberIn } from '../../src/calls/number';

describe('a number, as people write and paste it', () => {
  it.each([
    ['13800138000', '13800138000'],
    ['138 0013 8000', '138 0013 8000'],
    ['+86 (21) 5550-0188', '+86 (21) 5550-0188'],
    ['tel:+49-30-901820', '+49-30-901820'],
    ['Tel.: 021-55500188', '021-55500188'],
    ['电话：０２１－５５５００１８８', '021-55500188'],
    ['＋８６ 138 0013 8000', '+86 138 0013 8000'],
    ['\u202a+44 20 7946 0018\u202c', '+44 20 7946 0018'],
    ['030 / 901820', '030 / 901820'],
    ['021 5550 0188 #12', '021 5550 0188'],
    ['021 5550 0188 ext. 12', '021 5550 0188'],
    ['021 5550 0188转12', '021 5550 0188'],
    ['Please ring 138.0013.8000 today', '138.0013.8000'],
  ])('%s', (text, number) => expect(numberIn(text)).toBe(number));

  it.each(['', 'Wang', '2024', 'Room 12', '138 0013 8000, 139 0013 9000', '1'.repeat(30)])('none in %s', (text) =>
    expect(numberIn(text)).toBeNull(),
  );

  it('is told to the server as written where none is found: the server decides', () => {
    expect(dialled(' 4000 ')).toBe('4000');
    expect(dialled('Tel. 021 5550 0188')).toBe('021 5550 0188');
  });
});
