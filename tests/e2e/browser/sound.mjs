/** Tones: made, coded as mu-law, and found again in a recording. */

const RATE = 8000;

/** ITU-T G.711 mu-law of one 16-bit sample. */
export function mulaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const value = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = 31 - Math.clz32(value) - 7;
  const mantissa = (value >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** The other way: one byte of mu-law as a 16-bit sample. */
export function linear(byte) {
  const flipped = ~byte & 0xff;
  const value = (((flipped & 0x0f) << 3) + 132) << ((flipped >> 4) & 0x07);
  return flipped & 0x80 ? 132 - value : value - 132;
}

/** Root mean square; silence is 0. */
export const loudness = (samples) => Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / Math.max(1, samples.length));

const RISE_S = 0.005;

/**
 * Short beeps: what a browser takes for speech and does not filter out. Each pitch has a rhythm of its own, or an echo
 * canceller takes one voice for the echo of another; they rise and fall softly, or their edges sound on every pitch.
 */
export function beep(hertz, at, rate = RATE) {
  const period = 0.46 + (hertz % 70) / 700;
  const within = (at / rate) % period;
  const loud = Math.min(1, within / RISE_S, (period * 0.64 - within) / RISE_S);
  return loud > 0 ? Math.round(9000 * loud * Math.sin((2 * Math.PI * hertz * at) / rate)) : 0;
}

/** A mono WAV file of beeps for Chromium's fake microphone. */
export function beepFile(hertz, seconds = 20, rate = 48_000) {
  const frames = rate * seconds;
  const file = Buffer.alloc(44 + frames * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + frames * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(frames * 2, 40);
  for (let i = 0; i < frames; i++) file.writeInt16LE(beep(hertz, i, rate), 44 + i * 2);
  return file;
}

/** The channels of a 16-bit PCM WAV file. */
export function readWav(bytes) {
  const file = Buffer.from(bytes);
  const [channels, rate] = [file.readUInt16LE(22), file.readUInt32LE(24)];
  let at = 12;
  while (at + 8 <= file.length && file.toString('latin1', at, at + 4) !== 'data') at += 8 + file.readUInt32LE(at + 4);
  const frames = Math.floor((Math.min(file.length, at + 8 + file.readUInt32LE(at + 4)) - at - 8) / (channels * 2));
  const sides = Array.from({ length: channels }, () => new Float32Array(frames));
  for (let i = 0; i < frames * channels; i++) sides[i % channels][Math.floor(i / channels)] = file.readInt16LE(at + 8 + i * 2);
  return { rate, sides, seconds: frames / rate };
}

/** The energy at this frequency and all energy, of each block of 50 ms (Goertzel). */
function* energies(samples, rate, hertz) {
  const block = Math.round(rate / 20);
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  for (let from = 0; from + block <= samples.length; from += block) {
    let [s1, s2, all] = [0, 0, 0];
    for (let i = from; i < from + block; i++) {
      const s0 = samples[i] + turn * s1 - s2;
      [s2, s1] = [s1, s0];
      all += samples[i] ** 2;
    }
    yield [((s1 ** 2 + s2 ** 2 - turn * s1 * s2) * 2) / block, all];
  }
}

/** How much of the sound's energy lies at this frequency, 0..1. */
export function shareOf(samples, rate, hertz) {
  let [tone, all] = [0, 0];
  for (const [part, whole] of energies(samples, rate, hertz)) [tone, all] = [tone + part, all + whole];
  return all === 0 ? 0 : tone / all;
}

/** Whether this tone is in the sound at any time: a twentieth of a block that is not silent. */
export function sounds(samples, rate, hertz) {
  const block = Math.round(rate / 20);
  for (const [part, whole] of energies(samples, rate, hertz)) {
    if (whole > block * 50 ** 2 && part > whole / 20) return true;
  }
  return false;
}
