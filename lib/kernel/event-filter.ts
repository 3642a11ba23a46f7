/** Which events of a store a projection handles; what is not named does not restrict. */
export interface EventFilter {
  /** Types of the events. @defaultValue every type */
  readonly eventTypes?: readonly string[];
  /** Categories of the streams: the part of a stream's name before its separator. @defaultValue every category */
  readonly categories?: readonly string[];
}
