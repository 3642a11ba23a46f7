import { group, list } from '../options/description.js';
import { OFF, text } from '../options/standard-options.js';

/** Options of messages that are found without a decorator. */
export interface MessagesOptions {
  /** Patterns of messages that are not observed, on both sides. @defaultValue none */
  readonly exclude?: readonly string[];
}

/** Description of {@link MessagesOptions}. */
export const messagesOptions = group<MessagesOptions>(
  {
    exclude: list(text(), {
      rule: 'an array of patterns',
      remedy: "Pass something like ['heartbeat'].",
    }),
  },
  {
    rule: 'an object with exclude, or false',
    remedy: 'Pass what to leave out, or false for nothing.',
    or: OFF,
  },
);
