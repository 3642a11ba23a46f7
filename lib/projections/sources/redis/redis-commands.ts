/**
 * What is used of a Redis client: `ioredis` has it; of `redis` it is
 * `{ call: (...words) => client.sendCommand(words) }`.
 */
export interface RedisCommands {
  /**
   * Sends a command.
   *
   * @param command - Its name.
   * @param args - Its arguments.
   * @returns The reply of the protocol's second version: lists, texts and numbers.
   */
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** The stream that a projection follows. */
export interface RedisStreamConsumer {
  /** Key of the stream. */
  readonly stream: string;
  /** Name of the consumer group. @defaultValue none: the application says what it has committed */
  readonly group?: string;
  /**
   * Whether the ids are those that the server gives, and tell when an entry was recorded.
   *
   * @defaultValue true
   */
  readonly idsAreTimes?: boolean;
}
