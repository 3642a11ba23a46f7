import { group, list } from '../../options/description.js';
import { OFF, text } from '../../options/standard-options.js';

/** Description of the option `outbound`. */
export const outboundOptions = group<{ readonly exclude?: readonly string[] }>(
  {
    exclude: list(text(), {
      rule: 'an array of origins',
      remedy: "Pass something like ['http://localhost:9200'].",
    }),
  },
  {
    rule: 'an object with exclude, or false',
    remedy: 'Pass what to leave out, or false for nothing.',
    or: OFF,
  },
);
