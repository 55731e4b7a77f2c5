/** One flow that somebody is at: drawn, checked while it changes, kept as a draft. */

import { untrack } from 'svelte';

import * as api from '../api/flows';
import type { FlowDrawing, FlowExit, FlowFinding, FlowForms, FlowLook, FlowSheet } from '../api/flows';
import { Refused } from '../api/rest';
import { NOTHING, settled } from './drawing';

const CHECK_MS = 250;
const SAVE_MS = 1_200;

export type Kept = 'published' | 'draft' | 'unsaved' | 'saving' | 'failed' | 'overtaken';

export class FlowEdit {
  /** As it was written last; a drawing that changes is written into it. */
  text = $state('');
  drawing = $state.raw<FlowDrawing>(NOTHING);
  exits = $state.raw<readonly FlowExit[]>([]);
  findings = $state.raw<readonly FlowFinding[]>([]);
  /** The text is no TOML: only the text can be edited. */
  broken = $state(false);
  /** What is on the screen was checked. */
  checked = $state(true);
  kept = $state<Kept>('published');
  /** The step on the form; empty: the flow itself. */
  selected = $state('');
  published = $state.raw<string | null>(null);

  #version: number;
  #base: number;
  /** What is stored, as draft or in force. */
  #stored: string;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saver: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    readonly key: string,
    sheet: FlowSheet | null,
    readonly forms: FlowForms,
  ) {
    this.#version = sheet?.draft?.version ?? 0;
    this.#base = sheet?.draft?.base ?? sheet?.version ?? 0;
    this.published = sheet?.published ?? null;
    this.#stored = sheet?.look.text ?? '';
    this.kept = sheet?.draft || this.published === null ? 'draft' : 'published';
    if (sheet) this.#take(sheet.look);
    this.selected = this.drawing.steps[0]?.key ?? '';
  }

  get version(): number {
    return this.#version;
  }

  get changed(): boolean {
    return this.text !== (this.published ?? '');
  }

  findingsOf(step: string | null): readonly FlowFinding[] {
    return this.findings.filter((finding) => (finding.step ?? null) === step);
  }

  /** Somebody draws. */
  draw(drawing: FlowDrawing): void {
    this.drawing = drawing;
    this.#soon(() => api.check(this.key, this.text, drawing));
  }

  /** Somebody writes. */
  write(text: string): void {
    this.text = text;
    this.#soon(() => api.check(this.key, text, null));
  }

  /** As one of another version, or as it is in force. */
  async become(text: string): Promise<void> {
    this.write(text);
    await this.checkedNow();
  }

  #soon(ask: () => Promise<FlowLook>): void {
    this.#turn += 1;
    const turn = this.#turn;
    this.checked = false;
    if (this.kept !== 'overtaken') this.kept = 'unsaved';
    clearTimeout(this.#timer);
    clearTimeout(this.#saver);
    this.#timer = setTimeout(() => void this.#check(turn, ask), CHECK_MS);
  }

  async #check(turn: number, ask: () => Promise<FlowLook>): Promise<void> {
    try {
      const look = await ask();
      // Somebody has gone on meanwhile: what comes then counts.
      if (turn !== this.#turn) return;
      this.#take(look);
      this.checked = true;
      this.#saver = setTimeout(() => void this.save(), SAVE_MS);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (turn !== this.#turn) return;
      this.kept = 'failed';
      this.#timer = setTimeout(() => void this.#check(turn, ask), 3_000);
    }
  }

  #take(look: FlowLook): void {
    this.text = look.text;
    this.findings = look.findings;
    this.broken = look.drawing === null || look.drawing === undefined;
    if (!look.drawing) return;
    this.drawing = settled(look.drawing);
    this.exits = look.exits;
  }

  /** Done when what is on the screen was checked. */
  async checkedNow(): Promise<void> {
    while (!untrack(() => this.checked) && !this.#stopped) await new Promise((done) => setTimeout(done, 50));
  }

  /** Keeps what is there as the draft. */
  save(): Promise<void> {
    clearTimeout(this.#saver);
    return (this.#saving = this.#saving.then(() => this.#save()));
  }

  async #save(): Promise<void> {
    await this.checkedNow();
    if (!this.checked) return;
    const text = this.text;
    if (text === this.#stored || this.kept === 'overtaken') {
      if (this.kept === 'unsaved') this.kept = text === this.published ? 'published' : 'draft';
      return;
    }
    this.kept = 'saving';
    try {
      this.#version = await api.save(this.key, this.#version, text, this.#base);
      this.#stored = text;
      this.kept = this.text === text ? 'draft' : 'unsaved';
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.kept = error.code === 'version_changed' ? 'overtaken' : 'failed';
    }
  }

  /** Somebody else saved meanwhile: mine stands on top of what is there now. */
  async keepMine(): Promise<void> {
    const now = await api.flow(this.key);
    this.#version = now.draft?.version ?? 0;
    this.#base = now.version;
    this.published = now.published ?? null;
    this.kept = 'unsaved';
    await this.save();
  }

  async publish(accept: boolean): Promise<void> {
    await this.save();
    await api.publish(this.key, this.#version, accept);
  }

  async discard(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#saver);
    await this.#saving;
    if (this.#version > 0) await api.discard(this.key, this.#version);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#saver);
    if (this.kept === 'unsaved' && this.checked) void this.save();
    this.#stopped = true;
  }
}
