/** The microphone, kept open through the shift so that the first word of a call is not cut off. */

export type MicrophoneProblem = 'denied' | 'missing' | 'busy' | 'insecure';

export class Microphone {
  #stream: MediaStream | null = null;

  get open(): boolean {
    return this.#stream?.getAudioTracks().some((track) => track.readyState === 'live') ?? false;
  }

  async stream(): Promise<MediaStream> {
    if (this.#stream && this.open) return this.#stream;
    if (!navigator.mediaDevices) throw new DOMException('no secure context', 'SecurityError');
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio });
    return this.#stream;
  }

  close(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}

export function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return name === 'SecurityError' ? 'insecure' : 'busy';
}

/** Watches how loud the stream is; 0..1, about ten times a second. Returns how to stop. */
export function meter(context: AudioContext, stream: MediaStream, level: (value: number) => void): () => void {
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibel = 10 * Math.log10(square + 1e-10);
    level(Math.min(1, Math.max(0, (decibel + 60) / 50)));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
