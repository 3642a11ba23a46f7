/** Place of a stream in its pipeline. */
export type StreamRole = 'input' | 'inner' | 'output';

/** Options of a stream. */
export interface StreamOptions<T> {
  /**
   * Place of the stream: events enter the pipeline at its input and leave it at an output.
   *
   * @defaultValue `input` for the first stream of the pipeline, `output` for any other
   */
  readonly role?: StreamRole;
  /**
   * Returns the event time of an event: a date, or Unix time in milliseconds; `undefined` when unknown. It follows the event
   * through the stages of the pipeline, so that the latency is known at the output.
   */
  eventTime?(event: T): Date | number | undefined;
  /**
   * Returns the metadata of an event that has come from another process, with the trace context of its sender: the headers
   * of a message, the data of a job. Leave it out where a handler of Nest.js passes the event on: its span is known.
   *
   * @defaultValue the active span is the sender
   */
  metadata?(event: T): unknown;
}
