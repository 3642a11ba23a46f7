/** Limits of one line. What is cut says so. */
export interface LineLimits {
  /** Bytes of a line. Set 16384 where a container engine splits longer lines. @defaultValue 65536 */
  readonly maxLineBytes?: number;
  /** Nested objects. @defaultValue 6 */
  readonly depth?: number;
  /** Names of an object, or elements of an array. @defaultValue 100 */
  readonly keys?: number;
  /** Characters of a text. @defaultValue 8192 */
  readonly stringLength?: number;
  /** Lines of a stack. @defaultValue 50 */
  readonly stackLines?: number;
}

/** Defaults of {@link LineLimits}. */
export const DEFAULT_LIMITS: Required<LineLimits> = {
  maxLineBytes: 65_536,
  depth: 6,
  keys: 100,
  stringLength: 8_192,
  stackLines: 50,
};
