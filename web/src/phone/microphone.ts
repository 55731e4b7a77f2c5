/** The microphone, kept open through the shift so that the first word of a call is not cut off. */

import type { MicrophoneProblem } from './status';

const WANTED = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
/** A source that is silenced for less is nothing to tell. */
const SILENCED_MS = 1_000;

export class Microphone {
  #stream: MediaStream | null = null;
  /** The name of what is open. */
  label = '';
  /** Of this page; `default` where the system chooses. */
  id = '';

  /** `lost`: the system ended or silenced it. `back`: it gives sound again. */
  constructor(
    private readonly lost: (problem: MicrophoneProblem) => void,
    private readonly back: () => void,
  ) {}

  get stream(): MediaStream | null {
    return this.isOpen ? this.#stream : null;
  }

  get isOpen(): boolean {
    return this.#stream?.getAudioTracks().some((track) => track.readyState === 'live') ?? false;
  }

  /** `id`: of the device, or whatever the system prefers. Throws what the browser does. */
  async open(id: string | null): Promise<MediaStream> {
    if (!navigator.mediaDevices) throw new DOMException('no secure context', 'SecurityError');
    const audio = id === null ? WANTED : { ...WANTED, deviceId: { exact: id } };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.close();
    this.#stream = stream;
    const [track] = stream.getAudioTracks();
    this.label = track?.label ?? '';
    this.id = track?.getSettings().deviceId ?? '';
    if (track) this.#watch(stream, track);
    return stream;
  }

  close(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }

  #watch(stream: MediaStream, track: MediaStreamTrack): void {
    const mine = (): boolean => this.#stream === stream;
    let timer: ReturnType<typeof setTimeout> | undefined;
    track.addEventListener('ended', () => mine() && this.lost('gone'));
    track.addEventListener('mute', () => (timer = setTimeout(() => mine() && track.muted && this.lost('silenced'), SILENCED_MS)));
    track.addEventListener('unmute', () => {
      clearTimeout(timer);
      if (mine()) this.back();
    });
  }
}

export function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return name === 'SecurityError' ? 'insecure' : 'busy';
}

const MEASURE_MS = 100;

/** Measures how loud a stream is, root mean square of -1..1, about ten times a second. Returns how to stop. */
export function meter(context: AudioContext, stream: MediaStream, level: (rms: number) => void): () => void {
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    level(Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
  }, MEASURE_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
