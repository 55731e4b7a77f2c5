import { describe, expect, it } from 'vitest';

import { filled, kindsOf, missingOf, placesOf, plain } from '../../src/beside/fill';
import { conditionOf, fits, ranked } from '../../src/beside/suggest';
import { kind, record } from '../records/sample';

const article = kind('article');
const of = (id: number, menu: string | null, language = 'en', helped = '0') => record({ id, fields: { menu, language, helped } });

describe('what is offered beside a call', () => {
  it('is asked for by queue and menu choice, or by words', () => {
    expect(conditionOf(article, ['repair', '维修'], '')).toBe("(state == 'published') and (menu == '' or menu contains 'repair' or menu contains '维修')");
    expect(conditionOf(article, ['repair'], ' slow ')).toBe("(state == 'published')");
    expect(conditionOf(article, ["it's", 'a\\b'], '')).toBe("(state == 'published') and (menu == '')");
    expect(conditionOf(article, Array.from({ length: 200 }, (_, i) => `queue${i}`), '')?.length).toBeLessThan(1000);
    expect(conditionOf(kind('template'), ['repair'], '')).toBe("(state == 'released')");
    expect(conditionOf(kind('note'), ['repair'], '')).toBeNull();
  });

  it('is for this call by a whole word, in any case', () => {
    const about = ['repair', 'gold'];
    expect(['Repair, sales', 'gold；x', 'golden', '', null].map((menu) => fits(article, of(1, menu), about))).toEqual(['yes', 'yes', 'no', 'all', 'all']);
  });

  it('comes in order: for this call, in the language, what helped most; nothing for other calls', () => {
    const all = [of(1, null), of(2, 'sales'), of(3, null, 'zh', '9'), of(4, 'repair', 'zh'), of(5, 'repair', 'zh', '3'), of(6, null, 'en', '2')];
    expect(ranked(article, all, ['repair'], 'en-GB', '').map(({ id }) => id)).toEqual([5, 4, 6, 1, 3]);
    expect(ranked(article, all, ['repair'], null, 'slow').map(({ id }) => id)).toEqual([5, 4, 3, 6, 1, 2]);
  });
});

describe('a text with places', () => {
  const known = new Map([
    ['customer.name', '王丽华'],
    ['ticket.number', ''],
  ]);

  it('is filled with what is known, and says what is not', () => {
    const parts = filled('Dear {customer.name}, about {ticket.number} and { since }.', known);
    expect(plain(parts)).toBe('Dear 王丽华, about {ticket.number} and {since}.');
    expect(missingOf(parts)).toEqual(['ticket.number', 'since']);
  });

  it('leaves what is no place as it is', () => {
    for (const text of ['', 'a { b', '{}', '{a-b}', '{"json": 1}', '{1}']) expect(plain(filled(text, known))).toBe(text);
    expect(plain(filled('{customer.name}', new Map([['customer.name', '{today}']])))).toBe('{today}');
  });

  it('says of which records it speaks', () => {
    const places = placesOf('{ticket.number} {ticket.due}', '{customer.name}{ticket.due}');
    expect(places).toEqual(['ticket.number', 'ticket.due', 'customer.name']);
    expect(kindsOf(places, ['ticket', 'order', 'tick'])).toEqual(['ticket']);
  });
});
