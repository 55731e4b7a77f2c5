/** Answers of a script as the fields of a record. Pure. */

import type { Values } from '../api/records';
import type { Kind, RecordField } from '../records/kind';
import { fieldOf } from '../records/kind';
import type { Answer } from './script';

const YES = ['yes', 'y', 'true', '是', '对', '有'];
const NO = ['no', 'n', 'false', '否', '不', '没有', '不是'];

/** What a field can take of an answer; `undefined`: nothing. */
export function valueOf(field: RecordField, answer: string): unknown {
  const said = answer.trim();
  switch (field.type) {
    case 'text':
    case 'longtext':
    case 'place':
      return said;
    case 'choice': {
      const same = (word: string): boolean => word.toLowerCase() === said.toLowerCase();
      return field.choices.find(({ key, name }) => same(key) || same(name.en) || same(name.zh))?.key;
    }
    case 'flag':
      return YES.includes(said.toLowerCase()) ? true : NO.includes(said.toLowerCase()) ? false : undefined;
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(said) ? said : undefined;
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(said) ? said : undefined;
    default:
      return undefined;
  }
}

/** The fields of the names of answers. */
export function fieldsOf(kind: Kind, answers: readonly Answer[]): Values {
  const found = answers.map(({ name, answer }) => {
    const field = fieldOf(kind, name);
    return [name, field?.may.write ? valueOf(field, answer) : undefined] as const;
  });
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** As it stands in the history. */
export const noteOf = (title: string, answers: readonly Answer[]): string => [title, ...answers.map(({ name, say, answer }) => `${say || name}\n→ ${answer}`)].join('\n');
