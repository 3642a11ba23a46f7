import { group, list } from '../../options/description.js';
import { OFF, text } from '../../options/standard-options.js';

/** Description of the option `graphql`. */
export const graphqlOptions = group<{ readonly operations?: readonly string[] }>(
  {
    operations: list(text(), {
      rule: 'an array of operation names',
      remedy: "Pass something like ['Orders', 'PlaceOrder'].",
    }),
  },
  {
    rule: 'an object with operations, or false',
    remedy: 'Pass the names of operations, or false for nothing.',
    or: OFF,
  },
);
