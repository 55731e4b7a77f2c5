/** Levels of skill, agent by agent: what is there, what is changed, and what is asked of the server. Pure, and quick with many. */

import type { Patch } from '../api/setup';

export interface Person {
  key: string;
  name: string;
  skills: Readonly<Record<string, number>>;
}

export interface Cell {
  row: number;
  column: number;
}

export interface Area {
  from: Cell;
  to: Cell;
}

export const area = (one: Cell, other: Cell): Area => ({
  from: { row: Math.min(one.row, other.row), column: Math.min(one.column, other.column) },
  to: { row: Math.max(one.row, other.row), column: Math.max(one.column, other.column) },
});

const MOST = 10;
const STEPS_KEPT = 200;

/** Places and levels before a step. */
type Before = [at: number, level: number][];

export class Matrix {
  readonly #base: Uint8Array;
  readonly #now: Uint8Array;
  #steps: Before[] = [];

  constructor(
    readonly people: readonly Person[],
    readonly skills: readonly string[],
  ) {
    this.#base = new Uint8Array(people.length * skills.length);
    const places = new Map(skills.map((skill, at) => [skill, at]));
    people.forEach((person, row) => {
      for (const [skill, level] of Object.entries(person.skills)) {
        const column = places.get(skill);
        if (column !== undefined) this.#base[row * skills.length + column] = level;
      }
    });
    this.#now = this.#base.slice();
  }

  #at({ row, column }: Cell): number {
    return row * this.skills.length + column;
  }

  /** 0: none. */
  level(cell: Cell): number {
    return this.#now[this.#at(cell)] ?? 0;
  }

  changed(cell: Cell): boolean {
    const at = this.#at(cell);
    return this.#now[at] !== this.#base[at];
  }

  /** Cells that differ from what is in force. */
  get changes(): number {
    let count = 0;
    for (let at = 0; at < this.#now.length; at += 1) if (this.#now[at] !== this.#base[at]) count += 1;
    return count;
  }

  #set(levels: Before): void {
    const before: Before = levels.map(([at]) => [at, this.#now[at] ?? 0]);
    for (const [at, level] of levels) this.#now[at] = level;
    this.#steps = [...this.#steps.slice(-STEPS_KEPT + 1), before];
  }

  fill({ from, to }: Area, level: number): void {
    const levels: Before = [];
    for (let row = from.row; row <= to.row; row += 1) {
      for (let column = from.column; column <= to.column; column += 1) levels.push([this.#at({ row, column }), level]);
    }
    this.#set(levels);
  }

  /** A second digit makes ten of one. */
  digit(cells: Area, digit: number, second: boolean): void {
    const ten = second && digit === 0 && this.level(cells.from) === 1;
    this.fill(cells, ten ? MOST : digit);
  }

  /**
   * Lines and tabs, as spreadsheets copy them; one value fills the whole area. Gives how many cells took a level, and
   * how many could not: beyond the edge, or no level.
   */
  paste({ from, to }: Area, text: string): { taken: number; left: number } {
    const rows = text.replace(/\r?\n$/, '').split(/\r?\n/).map((line) => line.split('\t'));
    const only = rows.length === 1 && rows[0]?.length === 1 ? rows[0][0] : undefined;
    const levels: Before = [];
    let left = 0;
    const put = (cell: Cell, written: string): void => {
      const level = /^\s*(\d{1,2})?\s*$/.exec(written);
      const value = Number(level?.[1] ?? 0);
      if (!level || value > MOST || cell.row >= this.people.length || cell.column >= this.skills.length) left += 1;
      else levels.push([this.#at(cell), value]);
    };
    if (only !== undefined) {
      for (let row = from.row; row <= to.row; row += 1) {
        for (let column = from.column; column <= to.column; column += 1) put({ row, column }, only);
      }
    } else rows.forEach((line, down) => line.forEach((written, right) => put({ row: from.row + down, column: from.column + right }, written)));
    if (levels.length > 0) this.#set(levels);
    return { taken: levels.length, left };
  }

  copy({ from, to }: Area): string {
    const lines: string[] = [];
    for (let row = from.row; row <= to.row; row += 1) {
      const line: string[] = [];
      for (let column = from.column; column <= to.column; column += 1) line.push(String(this.level({ row, column }) || ''));
      lines.push(line.join('\t'));
    }
    return lines.join('\n');
  }

  /** `false`: there is nothing to take back. */
  undo(): boolean {
    const step = this.#steps.at(-1);
    if (!step) return false;
    this.#steps = this.#steps.slice(0, -1);
    for (const [at, level] of step) this.#now[at] = level;
    return true;
  }

  /** Only the cells that were changed: what others change meanwhile stays. */
  patch(): Patch {
    const agents: Patch[string] = {};
    const wide = this.skills.length;
    this.people.forEach(({ key }, row) => {
      const skills: Record<string, number | null> = {};
      for (let column = 0; column < wide; column += 1) {
        const at = row * wide + column;
        const level = this.#now[at] ?? 0;
        if (level !== this.#base[at]) skills[this.skills[column] ?? ''] = level || null;
      }
      if (Object.keys(skills).length > 0) agents[key] = { skills };
    });
    return { agent: agents };
  }

  /** The changes of another matrix on this one, as far as people and skills are still there. */
  take(other: Matrix): void {
    const rows = new Map(this.people.map(({ key }, row) => [key, row]));
    const columns = new Map(this.skills.map((skill, column) => [skill, column]));
    const levels: Before = [];
    for (const [key, change] of Object.entries(other.patch()['agent'] ?? {})) {
      const row = rows.get(key);
      for (const [skill, level] of Object.entries((change?.['skills'] ?? {}) as Record<string, number | null>)) {
        const column = columns.get(skill);
        if (row !== undefined && column !== undefined) levels.push([this.#at({ row, column }), level ?? 0]);
      }
    }
    if (levels.length > 0) this.#set(levels);
  }
}

/** Where a key leads. */
export function moved(at: Cell, key: string, { rows, columns, page }: { rows: number; columns: number; page: number }, far: boolean): Cell | null {
  const { row, column } = at;
  const to: Record<string, Cell> = {
    ArrowUp: { row: far ? 0 : row - 1, column },
    ArrowDown: { row: far ? rows - 1 : row + 1, column },
    ArrowLeft: { row, column: far ? 0 : column - 1 },
    ArrowRight: { row, column: far ? columns - 1 : column + 1 },
    Home: { row: far ? 0 : row, column: 0 },
    End: { row: far ? rows - 1 : row, column: columns - 1 },
    PageUp: { row: row - page, column },
    PageDown: { row: row + page, column },
  };
  const next = to[key];
  if (!next) return null;
  const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  return { row: within(next.row, rows), column: within(next.column, columns) };
}
