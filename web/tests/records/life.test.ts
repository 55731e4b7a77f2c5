import { describe, expect, it } from 'vitest';

import { boardColumns, movable, neighbour } from '../../src/records/board';
import { placeOf, quickFields, sectionsOf, subjectOf } from '../../src/records/form';
import { beginning, grouped, iconOf, makable } from '../../src/records/kinds';
import { lookOf, missing, placed, stepsFrom, stepTo } from '../../src/records/life';
import { plainView, type View } from '../../src/records/view';
import { kind, record, sheet } from './sample';

const ticket = kind('ticket');
const keys = (list: readonly { key: string }[]): string[] => list.map(({ key }) => key);

describe('the life of a record', () => {
  it('offers the steps from where it stands, and those only that the server allows', () => {
    expect(keys(stepsFrom(ticket, record()))).toEqual(['take', 'ask', 'escalate', 'solve', 'withdraw']);
    expect(keys(stepsFrom(ticket, record({ steps: ['solve'] })))).toEqual(['solve']);
    expect(stepsFrom(ticket, record({ state: null }))).toEqual([]);
    expect(stepsFrom(kind('note'), record())).toEqual([]);
    expect(stepTo(ticket, record(), 'closed')).toBeNull();
    expect(stepTo(ticket, record({ state: 'solved' }), 'closed')?.key).toBe('close');
  });

  it('knows what a step still needs', () => {
    const solve = stepTo(ticket, record(), 'solved');
    expect(solve && missing(solve, { cause: 'use', solution: '' })).toEqual(['solution']);
  });

  it('has one look a kind of state', () => {
    const looks = ['open', 'waiting', 'closed'].map((key) => lookOf(ticket.life?.states.find((state) => state.key === key) ?? null).tone);
    expect([...looks, lookOf(null).tone]).toEqual(['talking', 'held', 'ready', 'away']);
  });

  it('is drawn from the start on, also what nothing leads to', () => {
    const life = ticket.life;
    if (!life) throw new Error('a ticket has a life');
    const alone = { key: 'alone', name: { en: 'Alone', zh: '孤立' }, kind: 'done' as const };
    const at = Object.fromEntries(placed({ ...life, states: [...life.states, alone] }).map(({ state, column, row }) => [state.key, [column, row]]));
    expect(at).toMatchObject({ open: [0, 0], working: [1, 0], closed: [2, 0], alone: [3, 0] });
    expect(new Set(Object.values(at).map(String)).size).toBe(life.states.length + 1);
  });
});

describe('a board', () => {
  const whose = { me: 'ana', near: ['meng'], people: ['ana', 'meng', 'zoe'].map((id) => ({ id, title: id.toUpperCase() })), teams: [{ id: 'east', title: 'East' }] };
  const columns = boardColumns(ticket, plainView, whose);

  it('has a column a state, or those that the view is narrowed to', () => {
    expect(keys(columns)).toEqual(['open', 'working', 'waiting', 'escalated', 'solved', 'closed', 'withdrawn']);
    expect(columns[0]?.narrow).toEqual({ state: 'open' });
    expect(keys(boardColumns(ticket, { ...plainView, states: ['open', 'solved'] }, whose))).toEqual(['open', 'solved']);
  });

  it('by a choice has a column a choice', () => {
    const by = { ...ticket, list: { ...ticket.list, board_by: 'priority' } };
    const board = boardColumns(by, plainView, whose);
    expect(board.map(({ narrow }) => narrow)).toContainEqual({ 'field.priority': 'low' });
    expect([movable(by, record(), 'priority', 'high'), movable(by, record(), 'priority', 'low'), movable(by, record({ may: { write: false, delete: false } }), 'priority', 'low')]).toEqual(['there', 'yes', 'no']);
  });

  it('by person has nobody, oneself and the team, or whoever is filtered for; by team every team', () => {
    const by = (more: Partial<View>) => boardColumns(ticket, { ...plainView, ...more }, whose);
    expect(by({ by: 'owner' }).map(({ key, name, narrow }) => [key, name.en, narrow])).toEqual([
      ['', '', { 'field.owner': '' }],
      ['ana', 'ANA', { 'field.owner': 'ana' }],
      ['meng', 'MENG', { 'field.owner': 'meng' }],
    ]);
    expect(keys(by({ by: 'owner', filters: [{ field: 'owner', values: ['zoe', 'me'], from: '', to: '' }] }))).toEqual(['zoe', 'ana']);
    expect(keys(by({ by: 'team' }))).toEqual(['', 'east']);
    const mine = record({ fields: { owner: { id: 'ana', title: 'Ana' } } });
    expect(['ana', 'meng', ''].map((to) => movable(ticket, mine, 'owner', to))).toEqual(['there', 'yes', 'yes']);
    expect(movable(ticket, record({ fields: { owner: null } }), 'owner', '')).toBe('there');
  });

  it('moves along steps alone, by key over what cannot be', () => {
    expect([movable(ticket, record(), 'state', 'open'), movable(ticket, record(), 'state', 'working'), movable(ticket, record(), 'state', 'closed')]).toEqual(['there', 'yes', 'no']);
    const solved = record({ state: 'solved' });
    expect(columns[neighbour(ticket, solved, 'state', columns, 4, 1)]?.key).toBe('closed');
    expect(columns[neighbour(ticket, solved, 'state', columns, 4, -1)]?.key).toBe('open');
    expect(neighbour(ticket, record({ state: 'withdrawn' }), 'state', columns, 6, 1)).toBe(7);
  });
});

describe('a form', () => {
  it('has the sections of the kind, and one more for what they forget', () => {
    const forgetful = { ...ticket, form: ticket.form.slice(0, 1) };
    const sections = sectionsOf(forgetful);
    expect(sections.map(({ name }) => name?.en ?? null)).toEqual(['Request', null]);
    expect(sections.flatMap(({ fields }) => keys(fields)).sort()).toEqual(keys(ticket.fields.filter(({ may }) => may.read)).sort());
  });

  it('asks somebody on a call for little', () => {
    expect(keys(quickFields(ticket))).toEqual(['subject', 'type', 'priority', 'description']);
    expect(subjectOf(ticket)?.key).toBe('subject');
  });

  it('finds the place of what was refused', () => {
    expect(['subject', 'fields.subject', 'parts.2.item', 'fields.parts.0.price'].map(placeOf)).toEqual(['subject', 'subject', 'parts', 'parts']);
  });
});

describe('menus of kinds', () => {
  const heads = ['note', 'product', 'appointment', 'ticket'].map(sheet);

  it('stand in groups, those of the house first, each by its rank', () => {
    const other = { ...sheet('note'), kind: 'yacht', group: null };
    const own = { ...sheet('note'), kind: 'boat', group: 'harbour' };
    expect(grouped([other, own, ...heads]).map(({ key, kinds }) => [key, kinds.map(({ kind }) => kind)])).toEqual([
      ['service', ['ticket', 'appointment', 'product']],
      ['center', ['note']],
      ['harbour', ['boat']],
      ['other', ['yacht']],
    ]);
  });

  it('offer for a customer what is theirs and may be made', () => {
    const [note] = heads;
    const locked = note ? { ...note, kind: 'locked', may: { create: false, configure: false } } : [];
    expect(makable([...heads, locked].flat()).map(({ kind }) => kind)).toEqual(['ticket', 'appointment', 'note']);
  });

  it('have a picture, whatever the definition calls it', () => {
    expect([iconOf({ icon: 'calendar' }), iconOf({ icon: 'rocket' }), iconOf({ icon: null })]).toEqual(['calendar', 'note', 'note']);
  });

  it('say what a new record begins with', () => {
    expect(beginning('customer=4711&interaction=abc')).toEqual({ customer: 4711, interaction: 'abc', known: {} });
    expect(beginning('customer=x')).toEqual({ customer: null, interaction: undefined, known: {} });
  });
});
