import { group, option, record } from '../options/description.js';
import { nameList, OFF, text } from '../options/standard-options.js';

/**
 * What is found among the application's providers. Each is named after its provider's token (a text, a symbol's
 * description, the name of a class), an `opossum` breaker after itself; of two with one name, the second one gets `_2`.
 */
export interface DiscoveryOptions {
  /** Names that are left out. @defaultValue none */
  readonly exclude?: readonly string[];
  /** Other names by the name each would have. @defaultValue none */
  readonly names?: Readonly<Record<string, string>>;
}

const remedy = "Pass something like { ORDERS_POOL: 'orders' }.";

/** Description of {@link DiscoveryOptions}. */
export const discoveryOptions = group<DiscoveryOptions>(
  {
    exclude: nameList({ remedy: 'Pass the names as they are reported.' }),
    names: record(
      { key: option(() => true, { rule: 'a name', remedy }), value: text() },
      { rule: 'an object of new names by reported name', remedy },
    ),
  },
  {
    rule: 'an object with exclude and names, or false',
    remedy: 'Pass { exclude: [], names: {} }, or false to observe only what you register.',
    or: OFF,
  },
);
