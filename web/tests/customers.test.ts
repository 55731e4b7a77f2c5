import { describe, expect, it } from 'vitest';

import type { CustomerCard } from '../src/api/wire';
import { draftOf, emptyForm, formOf, placeOf, rebase, same } from '../src/customers/form';

const card: CustomerCard = {
  id: 7,
  name: '王丽华',
  organisation: null,
  tier: 'gold',
  language: 'zh',
  tags: ['bridal', 'pearls'],
  notes: 'mornings',
  contact_points: [
    { kind: 'phone', value: '+8613800138000', label: 'mobile' },
    { kind: 'email', value: 'li@example.com', label: '' },
  ],
  orders: [],
  dates: [],
  timeline: [],
};

describe('the form of a customer', () => {
  it('goes there and back', () => {
    expect(draftOf(formOf(card))).toEqual({
      name: '王丽华',
      tier: 'gold',
      language: 'zh',
      tags: ['bridal', 'pearls'],
      notes: 'mornings',
      contact_points: card.contact_points,
    });
    expect(draftOf(emptyForm())).toEqual({ name: '', tags: [], notes: '', contact_points: [] });
  });

  it('shows numbers as people read them, with the extension, and sends what is read back', () => {
    const point = { kind: 'phone', value: '+862155500100', label: 'work', extension: '12', shown: '021 5550 0100' };
    const sent = draftOf(formOf({ ...card, contact_points: [point] })).contact_points;
    expect(sent).toEqual([{ kind: 'phone', value: '021 5550 0100 #12', label: 'work' }]);
  });

  it('takes Chinese commas between tags', () => {
    expect(draftOf({ ...emptyForm(), tags: '婚戒，珍珠、 vip ,, ' }).tags).toEqual(['婚戒', '珍珠', 'vip']);
  });

  it('does not send rows without a value, and finds refused rows again', () => {
    const form = formOf(card);
    form.points.splice(0, 0, { kind: 'phone', value: ' ', label: '' });
    expect(draftOf(form).contact_points).toHaveLength(2);
    expect(same(form, formOf(card))).toBe(true);
    expect(placeOf(form, 'contact_points.1.value')).toBe('points.2.value');
    expect(placeOf(form, 'contact_points.0.kind')).toBe('points.1.value');
    expect([placeOf(form, 'tags.3'), placeOf(form, 'contact_points'), placeOf(form, 'name')]).toEqual(['tags', 'points', 'name']);
  });
});

describe('two who edit the same customer', () => {
  const read = formOf(card);

  it('what was not touched here follows the other', () => {
    const { form, both } = rebase(read, { ...read, notes: 'evenings' }, { ...read, tier: 'platinum' });
    expect([form.notes, form.tier, both]).toEqual(['evenings', 'platinum', []]);
  });

  it('what both touched stays here and is named', () => {
    const { form, both } = rebase(read, { ...read, name: '王丽' }, { ...read, name: '王丽丽', tags: '' });
    expect([form.name, form.tags, both]).toEqual(['王丽', '', ['name']]);
  });

  it('the same change twice is none', () => {
    const theirs = { ...read, points: read.points.slice(0, 1) };
    expect(rebase(read, { ...read, points: read.points.slice(0, 1) }, theirs).both).toEqual([]);
  });
});
