import { describe, expect, it } from 'vitest';
import type { InteractionDetail } from '../src/api/wire';
import { paused, standing } from '../src/contacts/recording';

const known = { duration_ms: 1000, bytes: 32_044, sha256: 'ab', complete: true, channels: 2, key: null, at: 1, deleted: null, deleted_by: null };
const at = (second: number, kind: string) => ({ seq: 1, at: second * 1e6, kind, detail: {} }) as InteractionDetail['events'][number];

describe('the recording of a contact', () => {
  it('stands as the server knows it', () => {
    expect(standing({ recording: null, recorded: null })).toBe('none');
    expect(standing({ recording: 'x.wav', recorded: null })).toBe('coming');
    expect(standing({ recording: 'x.wav', recorded: known })).toBe('kept');
    expect(standing({ recording: 'x.wav', recorded: { ...known, sha256: '', key: '2026' } })).toBe('kept');
    expect(standing({ recording: 'x.wav', recorded: { ...known, sha256: '' } })).toBe('missing');
    expect(standing({ recording: 'x.wav', recorded: { ...known, deleted: 5, deleted_by: 'retention' } })).toBe('deleted');
  });

  it('shows where it was paused, on its own clock', () => {
    const events = [at(100, 'call.connected'), at(110, 'recording.paused'), at(125, 'recording.resumed'), at(150, 'recording.paused')];
    expect(paused(events, 60)).toEqual([{ from: 10, to: 25 }, { from: 50, to: 60 }]);
    expect(paused(events, 20)).toEqual([{ from: 10, to: 20 }]);
    expect(paused([at(100, 'call.connected'), at(130, 'recording.started'), at(131, 'recording.paused')], 9)).toEqual([{ from: 9, to: 9 }].filter(() => false));
    expect(paused([], 9)).toEqual([]);
  });
});
