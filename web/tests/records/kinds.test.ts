import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { blankKind, isKey, keyOf, lineAt, type NewField, withField, withState } from '../../src/kinds/edit';

const folder = new URL('../../../config/kinds/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const field = (more: Partial<NewField> = {}): NewField => ({ key: 'size', en: 'Wrist size', zh: '腕围', type: 'number', required: false, choices: '', kind: '', section: 0, ...more });
const heads = (source: string): string[] => source.split('\n').filter((line) => line.startsWith('['));

describe('a field more', () => {
  it.each(readdirSync(folder))('stands behind the others, and in its section: %s', (name) => {
    const before = read(name);
    const after = withField(before, field());
    const fields = heads(after).filter((head) => head.startsWith('[field.'));
    expect(fields.at(-1)).toBe('[field.size]');
    expect(heads(after).filter((head) => head !== '[field.size]')).toEqual(heads(before));
    expect(/\[\[form\.sections\]\][^[]*fields = \[([^\]]*)\]/.exec(after)?.[1]).toMatch(/, "size"$/);
    // Nothing else is touched.
    const rest = after.replace(/\n\[field\.size\]\nname = .*\ntype = "number"\n/, '\n').replace(', "size"]', ']');
    expect(rest.replaceAll(/\n+/g, '\n')).toBe(before.replaceAll(/\n+/g, '\n'));
  });

  it('says what its type needs', () => {
    expect(withField('kind = "x"\n', field({ type: 'choice', choices: 'red\nsky_blue: Sky blue: 天蓝\nVery dark', required: true, section: null }))).toBe(
      'kind = "x"\n\n[field.size]\nname = { en = "Wrist size", zh = "腕围" }\ntype = "choice"\nrequired = true\nchoices = ["red", { key = "sky_blue", en = "Sky blue", zh = "天蓝" }, { key = "very_dark", en = "Very dark", zh = "Very dark" }]\n',
    );
    expect(withField('', field({ type: 'ref', kind: 'product', section: null }))).toContain('kind = "product"');
  });

  it('keeps what is written in quotes in them', () => {
    expect(withField('', field({ en: 'The "big" one\\', zh: '', section: null }))).toContain('name = { en = "The \\"big\\" one\\\\", zh = "The \\"big\\" one\\\\" }');
  });
});

describe('a state more', () => {
  it('stands behind the others, with a step that leads there', () => {
    const after = withState(read('ticket.toml'), { key: 'parts', en: 'Waiting for parts', zh: '等待配件', kind: 'waiting', from: ['open', 'working'] });
    const all = heads(after);
    expect(all.filter((head) => head.startsWith('[life.state.')).at(-1)).toBe('[life.state.parts]');
    expect(all.filter((head) => head.startsWith('[life.step.')).at(-1)).toBe('[life.step.to_parts]');
    expect(after).toContain('from = ["open", "working"]\nto = "parts"');
    expect(after).toMatch(/# The closed loop:[^\n]*\n\[life\.step\.close\]/);
  });
});

describe('names', () => {
  it('are made of words', () => {
    expect(['Wrist size (cm)', ' 2nd owner ', '腕围', 'a'.repeat(60)].map(keyOf)).toEqual(['wrist_size_cm', 'nd_owner', '', 'a'.repeat(40)]);
    expect(['size', 'size_2', 'Size', '2', 'a__b', ''].map(isKey)).toEqual([true, true, false, false, false, false]);
  });

  it('a kind to begin with is whole', () => {
    const source = blankKind('boat', 'Boat', '');
    for (const part of ['kind = "boat"', 'number = "B-{yyyy}-{seq:5}"', 'zh = "Boat"', '[field.subject]', '[life.step.finish]']) expect(source).toContain(part);
  });
});

describe('the place of a problem', () => {
  it('is a line of the text', () => {
    const source = 'one\n二二\n\nfour';
    expect([1, 2, 3, 4, 9].map((line) => lineAt(source, line)).map(({ from, to }) => source.slice(from, to))).toEqual(['one', '二二', '', 'four', '']);
  });
});
