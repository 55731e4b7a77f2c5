import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Refused } from '../../src/api/rest';
import { Asking, type Manner, type Sight } from '../../src/kit/asking.svelte';

/** Questions in the order in which they came, each answered by hand. */
function server(manner: Manner = {}) {
  const open: { about: string; yes: (told: string) => void; no: (error: unknown) => void }[] = [];
  const page = { hidden: false, look: null as (() => void) | null };
  const sight: Sight = {
    hidden: () => page.hidden,
    seen(look) {
      page.look = look;
      return () => (page.look = null);
    },
  };
  const ask = (about: string): Promise<string> => new Promise((yes, no) => open.push({ about, yes, no }));
  return { open, page, asking: new Asking(ask, manner, sight), show: (): void => ((page.hidden = false), page.look?.()) };
}

const settled = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);
const away = new Refused(0, 'unreachable', 'away');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a question', () => {
  it('is quiet, loading, there', async () => {
    const { asking, open } = server();
    expect(asking.state).toBe('quiet');
    asking.put('a');
    expect([asking.state, asking.busy]).toEqual(['loading', true]);
    open[0]?.yes('A');
    await settled();
    expect([asking.state, asking.busy, asking.value, asking.about]).toEqual(['there', false, 'A', 'a']);
    asking.put(null);
    expect([asking.state, asking.value]).toEqual(['quiet', null]);
  });

  it('that another has overtaken is not answered', async () => {
    const { asking, open } = server();
    asking.put('a');
    asking.put('b');
    open[1]?.yes('B');
    await settled();
    open[0]?.yes('A');
    await settled();
    expect([asking.value, asking.about, asking.busy]).toEqual(['B', 'b', false]);
  });

  it('keeps what was told while another is asked, and drops it when that fails', async () => {
    const { asking, open } = server();
    asking.put('a');
    open[0]?.yes('A');
    await settled();
    asking.put('b');
    expect([asking.state, asking.busy, asking.value, asking.about]).toEqual(['there', true, 'A', 'a']);
    open[1]?.no(away);
    await settled();
    expect([asking.state, asking.value, asking.refused?.code]).toEqual(['failed', null, 'unreachable']);
  });

  it('of something else begins afresh where that is wanted', async () => {
    const { asking, open } = server({ afresh: true });
    asking.put('a');
    open[0]?.yes('A');
    await settled();
    asking.put('b');
    expect([asking.state, asking.value]).toEqual(['loading', null]);
  });

  it('asked again in vain is stale, and fresh when it is answered', async () => {
    const { asking, open } = server();
    asking.put('a');
    open[0]?.yes('A');
    await settled();
    const again = asking.again();
    open[1]?.no(away);
    await again;
    expect([asking.state, asking.value]).toEqual(['stale', 'A']);
    const third = asking.again();
    open[2]?.yes('A2');
    await third;
    expect([asking.state, asking.value]).toEqual(['there', 'A2']);
  });

  it('that breaks in the page is a failure, not silence', async () => {
    const { asking, open } = server();
    asking.put('a');
    open[0]?.no(new TypeError('broken'));
    await settled();
    expect([asking.state, asking.refused?.code]).toEqual(['failed', 'internal']);
  });

  it('waits for a pause in the typing', async () => {
    const { asking, open } = server({ pauseMs: 250 });
    asking.put('m');
    await vi.advanceTimersByTimeAsync(200);
    asking.put('mei');
    await vi.advanceTimersByTimeAsync(249);
    expect(open).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(open.map(({ about }) => about)).toEqual(['mei']);
  });

  it('goes on from what was told', async () => {
    const { asking, open } = server();
    asking.put('a');
    open[0]?.yes('1');
    await settled();
    await asking.further(async (told) => `${told},2`);
    expect(asking.value).toBe('1,2');
    await asking.further(() => Promise.reject(away));
    expect([asking.state, asking.value]).toEqual(['stale', '1,2']);
  });

  it('is answered by what the server said elsewhere', async () => {
    const { asking, open } = server();
    asking.put('a');
    asking.tell('saved');
    open[0]?.yes('old');
    await settled();
    expect([asking.state, asking.value]).toEqual(['there', 'saved']);
  });
});

describe('a question asked again and again', () => {
  const EVERY = { everyMs: 3000 };

  it('comes so long after the answer, never twice at once', async () => {
    const { asking, open } = server(EVERY);
    asking.put('a');
    await vi.advanceTimersByTimeAsync(9000);
    expect(open).toHaveLength(1);
    open[0]?.yes('A');
    await vi.advanceTimersByTimeAsync(2999);
    expect(open).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveLength(2);
  });

  it('rests while nobody looks, and comes at once when somebody does', async () => {
    const { asking, open, page, show } = server(EVERY);
    asking.put('a');
    open[0]?.yes('A');
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveLength(1);
    show();
    expect(open).toHaveLength(2);
    show();
    expect(open, 'not twice').toHaveLength(2);
  });

  it('keeps what was told while the server is away, and waits as long as it is told to', async () => {
    const { asking, open } = server(EVERY);
    asking.put('a');
    open[0]?.yes('A');
    await vi.advanceTimersByTimeAsync(3000);
    open[1]?.no(new Refused(429, 'too_many_requests', '', 10));
    await vi.advanceTimersByTimeAsync(9999);
    expect([open.length, asking.state, asking.value]).toEqual([2, 'stale', 'A']);
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveLength(3);
  });

  it('ends with what asks', async () => {
    const { asking, open, page } = server(EVERY);
    asking.put('a');
    asking.stop();
    open[0]?.yes('A');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([open.length, asking.value, page.look]).toEqual([1, null, null]);
  });
});
