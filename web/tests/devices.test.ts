import { describe, expect, it } from 'vitest';

import { another, devicesOf, isStillThere, named } from '../src/phone/choice';
import { Ear, shown } from '../src/phone/hearing';
import { isVoiceless, phoneOff, type PhoneStatus } from '../src/phone/status';
import { phoneMark, type Situation, troublesOf } from '../src/shell/troubles';

const HEADSET = { id: 'a', label: 'Headset' };
const WEBCAM = { id: 'b', label: 'Webcam' };

describe('devices', () => {
  it('are the real ones of a kind', () => {
    const entry = (kind: MediaDeviceKind, deviceId: string, label: string) => ({ kind, deviceId, label });
    const list = [
      entry('audioinput', 'default', 'Default'),
      entry('audioinput', 'communications', 'Communications'),
      entry('audioinput', 'a', 'Headset'),
      entry('audioinput', '', ''),
      entry('videoinput', 'c', 'Camera'),
      entry('audiooutput', 'd', 'Loud'),
    ];
    expect(devicesOf(list, 'microphone')).toEqual([HEADSET]);
    expect(devicesOf(list, 'speaker')).toEqual([{ id: 'd', label: 'Loud' }]);
    expect(devicesOf(list, 'ringer')).toEqual([{ id: 'd', label: 'Loud' }]);
  });

  it('are found by name, whatever the id is today', () => {
    expect(named([{ id: 'z', label: 'Headset' }], 'Headset')?.id).toBe('z');
    expect(named([HEADSET], '')).toBeUndefined();
    expect(another([HEADSET, WEBCAM], 'Headset')).toEqual(WEBCAM);
    expect(another([HEADSET], 'Headset')).toBeNull();
  });

  it.each([
    ['the one in use stays', HEADSET, [HEADSET, WEBCAM], [HEADSET], true],
    ['the one in use goes', HEADSET, [HEADSET, WEBCAM], [WEBCAM], false],
    ['all go', HEADSET, [HEADSET], [], false],
    ['the system chose, and one goes: it may be that one', { id: 'default', label: 'Default' }, [HEADSET, WEBCAM], [WEBCAM], false],
    ['the system chose, and one comes', { id: 'default', label: 'Default' }, [HEADSET], [HEADSET, WEBCAM], true],
  ])('%s', (_, open, before, now, there) => {
    expect(isStillThere(open, before, now)).toBe(there);
  });
});

describe('what levels mean', () => {
  const LOUD = 0.05;
  const ROOM = 0.001;

  /** What is told after so many seconds of the same. */
  function after(seconds: number, own: number | null, far: number | null, muted = false, held = false) {
    const ear = new Ear();
    let told = ear.hear({ at: 0, own, far, muted, held });
    for (let at = 100; at <= seconds * 1000; at += 100) told = ear.hear({ at, own, far, muted, held });
    return Object.entries(told)
      .filter(([, is]) => is)
      .map(([what]) => what);
  }

  it.each([
    ['a quiet room is no dead microphone', 60, ROOM, ROOM, false, false, []],
    ['nothing at all is', 6.1, 0, ROOM, false, false, ['silent']],
    ['but not at once', 5, 0, ROOM, false, false, []],
    ['and not while muted', 60, 0, ROOM, true, false, []],
    ['and not on hold', 60, 0, 0, false, true, []],
    ['what cannot be measured is not claimed', 60, null, null, false, false, []],
    ['speech into a muted microphone', 1, LOUD, ROOM, true, false, ['talkingMuted']],
    ['a cough is no speech', 0.3, LOUD, ROOM, true, false, []],
    ['speech with the microphone on', 60, LOUD, ROOM, false, false, []],
    ['nothing of the other side', 10.1, ROOM, 0, false, false, ['farSilent']],
    ['but somebody may listen for a while', 9, ROOM, 0, false, false, []],
  ] as const)('%s', (_, seconds, own, far, muted, held, told) => {
    expect(after(seconds, own, far, muted, held)).toEqual(told);
  });

  it('the hint goes with the speech, and with the mute', () => {
    const ear = new Ear();
    const told = (at: number, own: number, muted: boolean) => ear.hear({ at, own, far: ROOM, muted, held: false }).talkingMuted;
    for (let at = 0; at < 1000; at += 100) told(at, LOUD, true);
    expect(told(1000, ROOM, true)).toBe(true);
    expect(told(1100, ROOM, false)).toBe(false);
    for (let at = 1200; at < 2200; at += 100) told(at, LOUD, true);
    expect(told(9000, ROOM, true)).toBe(false);
  });

  it('a page in the background measures seldom and invents nothing', () => {
    const ear = new Ear();
    ear.hear({ at: 0, own: LOUD, far: ROOM, muted: true, held: false });
    expect(ear.hear({ at: 60_000, own: LOUD, far: ROOM, muted: true, held: false }).talkingMuted).toBe(false);
  });

  it('a meter moves between a whisper and a shout', () => {
    expect([shown(0), shown(1)]).toEqual([0, 1]);
    expect(shown(0.02)).toBeGreaterThan(0.3);
  });
});

describe('what stands in the way', () => {
  const on: PhoneStatus = { ...phoneOff, line: 'registered', voice: 'open' };
  const fine: Situation = { link: 'up', wasUp: true, phone: on, device: 'Headset', other: null, missing: { microphone: null, speaker: null } };
  const say = (part: Partial<Situation>) => troublesOf({ ...fine, ...part }).map(({ words, help }) => [words, help ?? null]);
  const hearing = { talkingMuted: false, silent: false, farSilent: false };

  it.each<[string, Partial<Situation>, [string, string | null][]]>([
    ['nothing', {}, []],
    ['a page that loads', { link: 'connecting', wasUp: false }, []],
    ['no link', { link: 'retrying' }, [['obstacle-link-retrying', null]]],
    ['no network', { link: 'offline', phone: { ...on, line: 'retrying' } }, [['obstacle-link-offline', null], ['obstacle-line-retrying', null]]],
    ['no microphone at all', { phone: { ...on, voice: 'gone' } }, [['obstacle-gone', null]]],
    ['another one is here', { phone: { ...on, voice: 'gone' }, other: 'Webcam' }, [['obstacle-gone-other', 'microphone']]],
    ['it is blocked', { phone: { ...on, voice: 'denied' } }, [['microphone-denied', 'again']]],
    ['off shift nobody speaks', { phone: { ...phoneOff, voice: 'gone' } }, []],
    ['a dead microphone', { phone: { ...on, hearing: { ...hearing, silent: true } }, other: 'Webcam' }, [['obstacle-silent-other', 'microphone']]],
    ['talking while muted', { phone: { ...on, hearing: { ...hearing, talkingMuted: true } } }, [['obstacle-talking-muted', 'mute']]],
    ['a silent caller', { phone: { ...on, hearing: { ...hearing, farSilent: true } } }, [['obstacle-far-silent', null]]],
    ['a stand-in', { missing: { microphone: 'Headset', speaker: null } }, [['obstacle-instead', null]]],
    ['a missing speaker', { missing: { microphone: null, speaker: 'Loud' } }, [['obstacle-speaker', null]]],
  ])('%s', (_, part, words) => {
    expect(say(part)).toEqual(words);
  });

  const seat = { known: true, phoneReachable: true };

  it.each<[string, Partial<PhoneStatus>, 'up' | 'retrying', boolean, string]>([
    ['both say so', { line: 'registered', voice: 'open' }, 'up', true, 'registered'],
    ['the server does not know it', { line: 'registered', voice: 'open' }, 'up', false, 'retrying'],
    ['nobody can ask the server: the line itself is watched', { line: 'registered', voice: 'open' }, 'retrying', true, 'registered'],
    ['the own line is dead: an old registration is no other phone', { line: 'retrying', voice: 'open' }, 'up', true, 'retrying'],
    ['a desk phone', { line: 'off' }, 'up', true, 'elsewhere'],
    ['no phone', { line: 'off' }, 'up', false, 'off'],
    ['no microphone', { line: 'registered', voice: 'gone' }, 'up', true, 'voiceless'],
  ])('the phone is shown as it is: %s', (_, part, link, phoneReachable, mark) => {
    expect(phoneMark({ ...phoneOff, ...part }, link, { ...seat, phoneReachable })).toBe(mark);
  });

  it('a microphone nobody asked for yet is not missing', () => {
    expect(isVoiceless({ ...phoneOff, line: 'starting' })).toBe(false);
    expect(isVoiceless({ ...phoneOff, line: 'starting', voice: 'missing' })).toBe(true);
  });
});
