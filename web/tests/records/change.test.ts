import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { type FieldForm, movedField, nudged, type StepForm, withFieldChanged, withLife, withoutField, withoutState, withoutStep, withSections, withStateChanged, withStep } from '../../src/kinds/change';
import { tableOf, tablesOf, textsIn, valueIn, withKey } from '../../src/kinds/toml';

const folder = new URL('../../../config/kinds/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const ticket = read('ticket.toml');
const lines = (source: string): string[] => source.split('\n');
/** Lines that one has and the other has not. */
const difference = (before: string, after: string): { gone: string[]; come: string[] } => {
  const [old, now] = [lines(before), lines(after)];
  const left = (from: string[], other: string[]): string[] => {
    const rest = [...other];
    return from.filter((line) => (rest.includes(line) ? (rest.splice(rest.indexOf(line), 1), false) : true));
  };
  return { gone: left(old, now), come: left(now, old) };
};
const field = (more: Partial<FieldForm> = {}): FieldForm => ({ key: 'product', en: 'Product', zh: '产品', help: { en: '', zh: '' }, required: false, search: false, ...more });
const step = (more: Partial<StepForm> = {}): StepForm => ({ key: 'park', en: 'Park', zh: '搁置', from: ['open', 'working'], to: 'waiting', needs: [], by: '', within: '', when: '', ...more });

describe('a definition by its tables', () => {
  it.each(readdirSync(folder))('has every head and every key: %s', (name) => {
    const source = read(name);
    const heads = lines(source).filter((line) => line.startsWith('['));
    expect(tablesOf(source).slice(1).map(({ head, several }) => (several ? `[[${head}]]` : `[${head}]`))).toEqual(heads);
    const keys = lines(source).filter((line) => /^[a-z_]+ = /.test(line));
    expect(tablesOf(source).flatMap(({ pairs }) => pairs).length).toBe(keys.length);
  });

  it('takes texts, lists over lines and comments for what they are', () => {
    const source = 'a = "x # no [comment]" # one\n[t]\nb = [\n  "1", # two\n  "]",\n]\nc = """\n[no]\nd = 1\n"""\ne = \'\\\'\n# last\n[u]\nf = { g = "}" }\n';
    const [top, t, u] = tablesOf(source);
    expect([top, t, u].map((table) => table?.pairs.map(({ key, value }) => [key, source.slice(value.from, value.to)]))).toEqual([
      [['a', '"x # no [comment]"']],
      [
        ['b', '[\n  "1", # two\n  "]",\n]'],
        ['c', '"""\n[no]\nd = 1\n"""'],
        ['e', "'\\'"],
      ],
      [['f', '{ g = "}" }']],
    ]);
    expect(source.slice(t?.to ?? 0)).toBe('\n# last\n[u]\nf = { g = "}" }\n');
  });

  it('half written is read as far as it goes', () => {
    for (const source of ['', '[', '[field.', 'a', 'a =', 'a = "', 'a = [', '[t]\na = {', '= 1', '[[x', '"']) expect(() => tablesOf(source)).not.toThrow();
  });

  it('a key is changed, added and taken away where it stands', () => {
    const source = '[t]\na = 1 # why\nb = [\n 2,\n]\n\n[u]\n';
    expect(withKey(source, 't', 'a', '3')).toBe('[t]\na = 3 # why\nb = [\n 2,\n]\n\n[u]\n');
    expect(withKey(source, 't', 'b', null)).toBe('[t]\na = 1 # why\n\n[u]\n');
    expect(withKey(source, 'u', 'c', '4')).toBe('[t]\na = 1 # why\nb = [\n 2,\n]\n\n[u]\nc = 4\n');
    expect(withKey(source, 'gone', 'c', '4')).toBe(source);
    expect(textsIn('["a", \'b\', "c\\"d"]')).toEqual(['a', 'b', 'c\\"d']);
  });
});

describe('a field', () => {
  it('is called otherwise, in both languages', () => {
    expect(difference(ticket, withFieldChanged(ticket, 'product', field({ en: 'Item', zh: '商品', required: true }), []) ?? '')).toEqual({
      gone: ['name = { en = "Product", zh = "产品" }'],
      come: ['name = { en = "Item", zh = "商品" }', 'required = true'],
    });
    expect(difference(ticket, withFieldChanged(ticket, 'subject', field({ key: 'subject', en: 'Subject', zh: '主题', help: { en: 'Short', zh: '' } }), []) ?? '')).toEqual({
      gone: ['required = true', 'search = true'],
      come: ['help = { en = "Short", zh = "Short" }'],
    });
  });

  it('gets another key everywhere, and says what it was', () => {
    const after = withFieldChanged(ticket, 'verification', field({ key: 'call_back', en: 'Verification call', zh: '回访结果' }), ['verification']) ?? '';
    expect(difference(ticket, after)).toEqual({
      gone: [
        '[field.verification]',
        'needs = ["verification"]',
        `when = "verification in ['satisfied', 'accepted', 'waived']"`,
        'fields = ["verification", "verified", "withdrawn"]',
      ],
      come: ['[field.call_back]', 'was = "verification"', 'needs = ["call_back"]', `when = "call_back in ['satisfied', 'accepted', 'waived']"`, 'fields = ["call_back", "verified", "withdrawn"]'],
    });
    const due = withFieldChanged(ticket, 'subject', field({ key: 'topic' }), ['subject']) ?? '';
    expect(due).toContain('title = "{topic}"');
    expect(due).toContain('columns = ["number", "topic", "state"');
    const again = withFieldChanged(after, 'call_back', field({ key: 'verify' }), ['verification']) ?? '';
    expect(valueIn(again, tableOf(again, 'field.verify') as NonNullable<ReturnType<typeof tableOf>>, 'was')).toBe('"verification"');
    const home = withFieldChanged(after, 'call_back', field({ key: 'verification', en: 'Verification call', zh: '回访结果' }), ['verification']);
    expect(home).toBe(ticket);
  });

  it('gets another key in rules and due times too', () => {
    const called = (key: string, to: string): { gone: string[]; come: string[] } => difference(ticket, withFieldChanged(ticket, key, field({ key: to }), [key]) ?? '');
    const owner = called('owner', 'keeper').come;
    for (const line of ['do = [{ tell = ["keeper", "team"] }]', 'on = "changed(keeper)"', `when = "keeper != me and keeper != ''"`, 'do = [{ tell = "keeper" }]']) expect(owner).toContain(line);
    expect(called('contract', 'deal').come).toEqual(expect.arrayContaining(['promise = "deal.solve"', 'always = "deal.clock"']));
    expect(called('escalation', 'reason').come).toContain('do = [{ state = "escalated" }, { set = { reason = "超过处理期限 / Overdue" } }, { tell = ["owner", "supervisor"] }]');
    expect(called('priority', 'haste').come).toContain('by = "haste"');
  });

  it('goes with its name from every list, and nothing else goes', () => {
    expect(difference(ticket, withoutField(ticket, 'due') ?? '')).toEqual({
      gone: ['[field.due]', 'name = { en = "Due", zh = "处理期限" }', 'type = "time"', 'columns = ["number", "subject", "state", "priority", "type", "customer", "owner", "due"]', 'sort = "due"', 'calendar_by = "due"', 'fields = ["owner", "team", "due", "question", "escalation"]', 'show = ["subject", "state", "priority", "due"]', ''],
      come: ['columns = ["number", "subject", "state", "priority", "type", "customer", "owner"]', 'fields = ["owner", "team", "question", "escalation"]', 'show = ["subject", "state", "priority"]'],
    });
  });

  it('goes from what is printed, too, or is called otherwise there', () => {
    const quote = read('quote.toml');
    const gone = withoutField(quote, 'tax') ?? '';
    expect(gone).toContain('sums = ["gross", "rebate", "price", "vat", "total"]');
    const renamed = withFieldChanged(quote, 'terms', field({ key: 'conditions' }), []) ?? '';
    expect(renamed).toContain('[[print.sections]]\nen = "Terms"\nzh = "条款"\nfields = ["conditions"]');
    const visit = withoutField(read('visit.toml'), 'found') ?? '';
    expect(visit).toContain('fields = ["result", "signed"]\nblank = ["result"]');
    expect(visit).toContain('sign = [{ en = "Technician"');
  });

  it('that is written otherwise is left to the text', () => {
    expect(withoutField('field.a = { type = "text" }\n', 'a')).toBeNull();
    expect(withFieldChanged('[field]\na = { type = "text" }\n', 'a', field({ key: 'a' }), [])).toBeNull();
  });
});

describe('a life', () => {
  it('has a state called otherwise', () => {
    expect(difference(ticket, withStateChanged(ticket, 'waiting', { en: 'Parked', zh: '搁置', kind: 'open' }) ?? '')).toEqual({
      gone: ['name = { en = "Waiting for the customer", zh = "等待客户" }', 'kind = "waiting"'],
      come: ['name = { en = "Parked", zh = "搁置" }', 'kind = "open"'],
    });
  });

  it('loses a state with the steps that lead there, or from there alone', () => {
    const after = withoutState(ticket, 'waiting') ?? '';
    const heads = tablesOf(after).map(({ head }) => head);
    for (const gone of ['life.state.waiting', 'life.step.ask', 'life.step.resume']) expect(heads).not.toContain(gone);
    expect(after).toContain('from = ["open", "working", "escalated"]\nto = "solved"');
    expect(after).toContain('# The closed loop');
    expect(withoutState(ticket, 'open')).toBeNull();
  });

  it('has a step more, behind the others', () => {
    const after = withStep(ticket, step({ needs: ['question'], by: 'supervisor', within: '2d', when: "priority == 'low'" })) ?? '';
    expect(difference(ticket, after)).toEqual({
      gone: [],
      come: ['[life.step.park]', 'name = { en = "Park", zh = "搁置" }', 'from = ["open", "working"]', 'to = "waiting"', 'needs = ["question"]', `when = "priority == 'low'"`, 'by = "supervisor"', 'within = "2d"'],
    });
    expect(tablesOf(after).map(({ head }) => head).filter((head) => head.startsWith('life.step.')).at(-1)).toBe('life.step.park');
  });

  it('has a step changed, its condition kept or taken away', () => {
    const close = step({ key: 'close', en: 'Close', zh: '关闭', from: ['solved'], to: 'closed', needs: ['verification'] });
    expect(difference(ticket, withStep(ticket, close) ?? '').gone).toEqual(['from = "solved"', `when = "verification in ['satisfied', 'accepted', 'waived']"`]);
    expect(difference(ticket, withoutStep(ticket, 'reopen') ?? '').gone[0]).toBe('[life.step.reopen]');
    expect(withoutStep(ticket, 'gone')).toBeNull();
  });

  it('begins where there was none', () => {
    const after = withLife(read('note.toml'));
    expect(tableOf(after, 'life.step.finish')).not.toBeNull();
    expect(withStep(after, step({ from: ['open'], to: 'done' }))).toContain('[life.step.park]');
  });
});

describe('a form', () => {
  const sections = [
    { en: 'One', zh: '一', fields: ['a', 'b'] },
    { en: 'Two', zh: '二', fields: ['c'] },
  ];

  it.each(readdirSync(folder))('is written anew where it stood: %s', (name) => {
    const source = read(name);
    const after = withSections(source, sections);
    const heads = (of: string): string[] => tablesOf(of).map(({ head }) => head);
    const rest = heads(source).filter((head) => head !== 'form.sections');
    expect(heads(after).filter((head) => head !== 'form.sections')).toEqual(rest);
    expect(after).toContain('[[form.sections]]\nen = "One"\nzh = "一"\nfields = ["a", "b"]\n[[form.sections]]\nen = "Two"\nzh = "二"\nfields = ["c"]\n\n[');
    expect(after).not.toContain('\n\n\n');
    expect(withSections(after, sections)).toBe(after);
  });

  it('has a field moved within a section, over its edge, and to any place', () => {
    const keys = (of: { fields: string[] }[]): string[] => of.map(({ fields }) => fields.join(''));
    expect([nudged(sections, 'a', 1), nudged(sections, 'b', 1), nudged(sections, 'c', -1), nudged(sections, 'a', -1), nudged(sections, 'x', 1)].map(keys)).toEqual([
      ['ba', 'c'],
      ['a', 'bc'],
      ['abc', ''],
      ['ab', 'c'],
      ['ab', 'c'],
    ]);
    expect(keys(movedField(sections, 'c', 0, 1))).toEqual(['acb', '']);
  });
});
