import type { OpenRequest, RequestEnd, RequestRecorder } from './open-request.js';

/** Value of `endpoint` for measured polls. Their path is not declared to any router. */
const ENGINE = 'engine.io';

const POLL = /[?&]EIO=\d.*&transport=polling|[?&]transport=polling.*&EIO=\d/;
// Shorter than any poll, and longer than most other requests.
const SHORTEST = '/?EIO=4&transport=polling'.length;

/** Returns true for the address of a poll of Engine.IO, the transport of socket.io. */
export function isEnginePoll(url: string): boolean {
  return url.length >= SHORTEST && POLL.test(url);
}

/** Recorder of the other requests with the method of a poll. */
interface MethodRecording {
  start(): number;
  end(startedMs: number, end: RequestEnd): void;
  dropped(): void;
}

/**
 * Records a request with the address of a poll, which lasts until there is a message. It is a poll unless the framework
 * has handled it: clients choose the address of other requests, too.
 */
export class PollRecorder implements RequestRecorder {
  readonly #recorder: MethodRecording;
  readonly #isMeasured: boolean;

  /** @param isMeasured - False to leave polls out. */
  constructor(recorder: MethodRecording, isMeasured: boolean) {
    this.#recorder = recorder;
    this.#isMeasured = isMeasured;
    if (isMeasured) recorder.start();
  }

  /** {@inheritDoc RequestRecorder.ended} */
  ended(request: OpenRequest): void {
    const isHandled = request.isHandled();
    if (!this.#isMeasured) {
      if (!isHandled) return;
      this.#recorder.start();
    }
    const poll = { endpoint: () => ENGINE, status: () => request.status() };
    this.#recorder.end(request.startedMs, isHandled ? request : poll);
  }

  /** {@inheritDoc RequestRecorder.dropped} */
  dropped(): void {
    if (this.#isMeasured) this.#recorder.dropped();
  }
}
