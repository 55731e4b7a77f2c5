/** What the parts of the kit put on the page, as a browser without script would get it. */

import { createRawSnippet } from 'svelte';
import { render } from 'svelte/server';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { Refused } from '../../src/api/rest';
import type { Told } from '../../src/kit/asking.svelte';
import type { Column } from '../../src/kit/column';
import Dialog from '../../src/kit/Dialog.svelte';
import { type About, join } from '../../src/kit/field';
import Field from '../../src/kit/Field.svelte';
import Fieldset from '../../src/kit/Fieldset.svelte';
import Form from '../../src/kit/Form.svelte';
import Load from '../../src/kit/Load.svelte';
import { Sending } from '../../src/kit/sending.svelte';
import Table from '../../src/kit/Table.svelte';
import { Ticks } from '../../src/kit/ticks.svelte';
import { t, text } from '../../src/text/text.svelte';

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} });
  return text.use('en');
});

const bare = (html: string): string => html.replaceAll(/<!--.*?-->/g, '').replaceAll(/ class="[^"]*"/g, '').replaceAll(/\s+/g, ' ');
const shown = createRawSnippet((value: () => unknown) => ({ render: () => `<b>${JSON.stringify(value())}</b>` }));

describe('Load', () => {
  const load = (told: Partial<Told<string[]>>, more: object = {}): string => {
    const of: Told<string[]> = { state: 'loading', value: null, refused: null, again: async () => undefined, ...told };
    return bare(render(Load, { props: { of, children: shown, none: 'Nobody', ...more } as never }).body);
  };
  const refused = new Refused(0, 'too_much', '');

  it.each<[string, Partial<Told<string[]>>, string[], string[]]>([
    ['quiet', { state: 'quiet' }, [], ['<p', '<b>']],
    ['loading', {}, ['role="status"', 'Loading'], ['<b>']],
    ['there', { state: 'there', value: ['ana'] }, ['<b>["ana"]</b>'], ['<p']],
    ['empty', { state: 'there', value: [] }, ['Nobody', 'role="status"'], ['<b>']],
    ['stale', { state: 'stale', value: ['ana'], refused }, ['<b>["ana"]</b>', 'role="status"', 'Try again'], ['role="alert"']],
    ['failed', { state: 'failed', refused }, ['role="alert"', 'could not be loaded', 'Try again'], ['<b>']],
  ])('shows what is %s', (_, told, has, hasNot) => {
    const html = load(told);
    for (const part of has) expect(html).toContain(part);
    for (const part of hasNot) expect(html).not.toContain(part);
  });

  it('says an expected refusal in its own words', () => {
    const html = load({ state: 'failed', refused }, { refusals: { too_much: 'refused-too_much' } });
    expect(html).toContain(t('refused-too_much'));
    expect(html).not.toContain('Try again');
  });
});

describe('Field', () => {
  const control = createRawSnippet(() => ({ render: () => '<input>' }));
  const field = (more: object): string => bare(render(Field, { props: { label: 'Name', children: control, ...more } }).body);

  it('has a label for its control, and nothing more to say', () => {
    expect(field({})).toMatch(/<label for="[^"]+">Name<\/label>.*<input>/);
    expect(field({})).not.toContain('-about');
  });

  it('says beside the control what was refused, and what is to be known', () => {
    const html = field({ required: true, refused: { code: 'too_long', detail: '' }, hint: 'As on the card', note: 'Theirs: 王' });
    const [, id] = /<label for="([^"]+)"/.exec(html) ?? [];
    expect(html).toContain(`id="${id}-about"`);
    for (const part of ['required', t('field-too_long'), 'As on the card', 'Theirs: 王']) expect(html).toContain(part);
  });

  it('has the words of the server where there are none of ours', () => {
    expect(field({ refused: { code: 'new_to_us', detail: 'told by the server' } })).toContain('told by the server');
  });

  it('joins the control with label and words, and takes back what no longer holds', () => {
    const attributes = new Map<string, string>();
    const input = {
      id: '',
      required: false,
      setAttribute: (name: string, value: string) => void attributes.set(name, value),
      removeAttribute: (name: string) => void attributes.delete(name),
    };
    const around = { querySelector: () => input } as unknown as ParentNode;
    const about: About = { id: 'f1', required: true, refused: true, about: 'f1-about' };
    join(around, about);
    expect([input.id, input.required, ...attributes]).toEqual(['f1', true, ['aria-invalid', 'true'], ['aria-describedby', 'f1-about']]);
    join(around, { ...about, refused: false, about: undefined });
    expect([...attributes]).toEqual([]);
  });
});

describe('Fieldset', () => {
  const controls = createRawSnippet(() => ({ render: () => '<input>' }));
  const fieldset = (more: object): string => bare(render(Fieldset, { props: { label: 'Skills', children: controls, ...more } }).body);

  it('names its controls, and has nothing more to say', () => {
    expect(fieldset({})).toMatch(/<fieldset><legend>Skills<\/legend> ?<input><\/fieldset>/);
  });

  it('says above them what is to be known and what was refused, in our words', () => {
    const html = fieldset({ hint: 'One is enough', refused: { code: 'too_many', detail: '' } });
    const [, id] = /<fieldset aria-describedby="([^"]+)"/.exec(html) ?? [];
    expect(html).toMatch(new RegExp(`id="${id}".*One is enough.*role="alert".*${t('field-too_many')}.*<input>`));
  });
});

describe('Form and Dialog', () => {
  const part = createRawSnippet(() => ({ render: () => '<i>part</i>' }));

  it('a form is named by its title and speaks its problem', () => {
    const sending = new Sending();
    sending.refuse('odd', 'This is odd');
    const props = { sending, submit: async () => true, children: part, buttons: part, title: 'the-title', test: 'form' };
    const html = bare(render(Form, { props }).body);
    expect(html).toContain('aria-labelledby="the-title"');
    expect(html).toMatch(/role="alert"><p>.*This is odd/);
  });

  it('a dialog is named by its title, told by its hint, and can be closed', () => {
    const html = bare(render(Dialog, { props: { title: 'Keys', hint: 'All of them', close: () => undefined, children: part, test: 'keys' } }).body);
    const [, title] = /<dialog aria-labelledby="([^"]+)"/.exec(html) ?? [];
    expect(html).toContain(`<h2 id="${title}">Keys</h2>`);
    expect(html).toMatch(/aria-describedby="([^"]+)".*<p id="\1">All of them/);
    expect(html).toContain(`aria-label="${t('close')}"`);
    expect(html).toContain('tabindex="0" role="region"');
  });
});

describe('Table', () => {
  interface Row {
    id: number;
    name: string;
    team: string;
  }
  const rows: Row[] = Array.from({ length: 2000 }, (_, id) => ({ id, name: `Agent ${id}`, team: id % 2 ? 'Repairs' : 'Advisors' }));
  const columns: Column<Row>[] = [
    { key: 'name', head: 'Agent', names: true, text: ({ name }) => name, sort: ({ name }) => name },
    { key: 'id', head: 'Number', number: true, text: ({ id }) => id, about: 'Its number' },
    { key: 'team', head: 'Team', unseen: true, text: ({ team }) => team, from: 900 },
  ];
  const table = (more: object): string =>
    render(Table<Row>, { props: { rows: rows.slice(0, 3), columns, id: ({ id }: Row) => id, label: 'Agents', ...more } }).body.replaceAll(/<!--.*?-->/g, '');

  it('has heads that sort, a name for each row, and says its order', () => {
    const html = table({ order: { by: 'name', turned: true } });
    expect(html).toContain('aria-sort="descending"');
    expect(html.indexOf('Agent 2')).toBeLessThan(html.indexOf('Agent 0'));
    expect(html.match(/<th scope="row"/g)).toHaveLength(3);
    expect(html).toContain('title="Its number"');
    expect(html).not.toContain('aria-rowcount');
  });

  it('draws of two thousand rows a few, and says how many there are', () => {
    const html = table({ rows });
    expect(html).toContain('aria-rowcount="2001"');
    expect(html.match(/<th scope="row"/g)?.length).toBeLessThan(60);
    expect(html).toContain('aria-rowindex="2"');
    expect(html).toContain('<svg width="1"');
  });

  it('has groups with their heads', () => {
    const html = table({ group: ({ team }: Row) => team });
    expect(html.match(/scope="rowgroup"/g)).toHaveLength(2);
    expect(html).toMatch(/Advisors <span[^>]*>2</);
  });

  it('has ticks for all and for each, and says so when there are no rows', () => {
    const ticks = new Ticks<Row>(({ id }) => id);
    ticks.only(rows.slice(0, 3));
    const html = table({ ticks, tickAll: 'All 3' });
    expect(html.match(/type="checkbox"/g)).toHaveLength(4);
    expect(html.match(/ checked/g)).toHaveLength(4);
    expect(html).toContain('aria-label="All 3"');
    expect(table({ rows: [], none: 'Nobody' })).toContain('Nobody');
  });

  it('scrolls by keyboard where it scrolls by itself', () => {
    expect(table({ scrolls: true })).toMatch(/tabindex="0" role="region" aria-label="Agents"/);
  });
});
