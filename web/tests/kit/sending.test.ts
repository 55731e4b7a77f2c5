import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { Refused } from '../../src/api/rest';
import { confirm, confirming } from '../../src/kit/confirm.svelte';
import { notices } from '../../src/kit/notices.svelte';
import { Sending } from '../../src/kit/sending.svelte';
import { text } from '../../src/text/text.svelte';

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} });
  return text.use('en');
});
afterEach(() => void vi.useRealTimers());

const no = (code: string, more: Record<string, unknown> = {}): (() => Promise<never>) => () =>
  Promise.reject(new Refused(422, code, 'told by the server', null, more));

describe('a form on its way', () => {
  it('puts what was refused at its place', async () => {
    const sending = new Sending((field) => field.replace('contact_points', 'points'));
    const field = { field: 'contact_points.0.value', code: 'not_a_number', detail: 'no number' };
    expect(await sending.send(no('invalid_request', { fields: [field] }))).toBe(false);
    expect([sending.fields, sending.problem, sending.busy]).toEqual([{ 'points.0.value': field }, null, false]);
  });

  it('says what is wrong with the whole: in our words, else in the words of the server', async () => {
    const sending = new Sending();
    await sending.send(no('unreachable'));
    expect(sending.problem).toBe(text.say('refused-unreachable'));
    await sending.send(no('never_heard_of'));
    expect(sending.problem).toBe('told by the server');
    expect(await sending.send(async () => undefined)).toBe(true);
    expect(sending.problem).toBeNull();
  });

  it('goes once at a time', async () => {
    const sending = new Sending();
    let [times, done] = [0, (): void => undefined];
    const work = (): Promise<void> => new Promise((resolve) => ((times += 1), (done = resolve)));
    const first = sending.send(work);
    expect(await sending.send(work)).toBe(false);
    done();
    expect([await first, times]).toEqual([true, 1]);
  });

  it('leaves to the page what the page explains', async () => {
    const sending = new Sending();
    await sending.send(no('version_changed'), ({ code }) => code === 'version_changed');
    expect([sending.problem, sending.fields]).toEqual([null, {}]);
  });

  it('hides no mistake of the page', async () => {
    const sending = new Sending();
    await expect(sending.send(() => Promise.reject(new TypeError('broken')))).rejects.toThrow('broken');
    expect(sending.busy).toBe(false);
  });
});

describe('a question to the person', () => {
  const asked = { title: 'Sign out?', hint: '', yes: 'Sign out' };

  it('is answered once', async () => {
    const answer = confirm(asked);
    expect(confirming.asked).toEqual(asked);
    confirming.answer(true);
    confirming.answer(false);
    expect([await answer, confirming.asked]).toEqual([true, null]);
  });

  it('that another takes the place of was answered no', async () => {
    const first = confirm(asked);
    const second = confirm({ ...asked, title: 'Other' });
    expect(await first).toBe(false);
    confirming.answer(true);
    expect(await second).toBe(true);
  });
});

describe('notices', () => {
  it('do not repeat themselves, are few, and go', () => {
    vi.useFakeTimers();
    for (const words of ['a', 'b', 'a', 'c', 'd', 'e']) notices.tell('good', words);
    expect(notices.list.map(({ words }) => words)).toEqual(['a', 'c', 'd', 'e']);
    vi.advanceTimersByTime(7000);
    expect(notices.list).toEqual([]);
  });
});
