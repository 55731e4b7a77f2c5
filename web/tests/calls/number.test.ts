import { describe, expect, it } from 'vitest';

import { countryOf } from '../../src/calls/country';
import { dialled, numberIn, telephone, withNumbers } from '../../src/calls/number';

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

describe('a tel: link', () => {
  it.each([
    ['tel:+86-21-5550-0188', '+86-21-5550-0188'],
    ['TEL:+4930901820;ext=12', '+4930901820'],
    ['tel:8000;phone-context=example.com', '8000'],
    ['tel://13800138000', '13800138000'],
    ['tel:*43#', '*43#'],
    ['+44 20 7946 0018', '+44 20 7946 0018'],
  ])('%s', (link, number) => expect(telephone(link)).toBe(number));

  it.each(['', 'tel:', 'tel:;ext=1', 'javascript:alert(1)', 'mailto:ana@example.com', `tel:${'1'.repeat(60)}`])('nothing to dial in %s', (link) =>
    expect(telephone(link)).toBeNull(),
  );
});

describe('numbers in what somebody wrote', () => {
  const numbers = (text: string): string[] => withNumbers(text).flatMap((part) => ('number' in part ? [part.number] : []));

  it.each([
    ['Call +44 20 7946 0018 after six, or 021 5550 0188.', ['+44 20 7946 0018', '021 5550 0188']],
    ['请回电１３８００１３８０００，谢谢', ['１３８００１３８０００']],
    ['Office (020) 7946 0018', ['(020) 7946 0018']],
  ])('%s', (text, found) => {
    expect(numbers(text)).toEqual(found);
    expect(withNumbers(text).map((part) => Object.values(part)[0]).join('')).toBe(text);
  });

  it.each(['2026-10-01 14:30', 'order 20240118-0012', 'A-013800138000', 'paid 1 200 000 000 today', '12.03.2026', 'card ends 4711', ''])('none in %s', (text) =>
    expect(numbers(text)).toEqual([]),
  );
});

describe('whose number it is', () => {
  it.each([
    ['13800138055', 'CN', 'CN', '138 0013 8055'],
    ['+8613800138055', 'DE', 'CN', '+86 138 0013 8055'],
    ['+86 21 5550 0188', 'CN', 'CN', '+86 21 5550 0188'],
    ['02155500188', 'CN', 'CN', '021 5550 0188'],
    ['057188880000', 'CN', 'CN', '0571 8888 0000'],
    ['55500188', 'CN', 'CN', '5550 0188'],
    ['+442079460018', 'CN', 'GB', '+44 207 946 0018'],
    ['0044 20 7946 0018', 'CN', 'GB', '+44 207 946 0018'],
    ['+14155550100', 'CN', '021', '+1 415 555 0100'],
    ['+77172550100', 'CN', 'KZ', '+7 717 255 0100'],
    ['+74955550100', 'CN', 'RU', '+7 495 555 0100'],
    ['+85221234567', 'CN', 'HK', '+852 2123 4567'],
    ['+8', 'CN', '', ''],
    ['4000', 'CN', '', ''],
    ['+999123456', 'CN', '', ''],
  ])('%s in %s', (number, home, region, shown) => expect(countryOf(number, home)).toEqual(region === '' ? null : { region, shown }));
});
