import * as v from 'valibot';
import { group, type MembersOf, option, record } from '../options/description.js';
import { nameList, OFF, text } from '../options/standard-options.js';

/**
 * Options for the discovery among the application's providers. A discovered source is named after the token of its
 * provider (a string, the description of a symbol, a class name), an `opossum` breaker after its own name. A second
 * source of the same name gets the suffix `_2`.
 */
export interface DiscoveryOptions {
  /** Excluded names. @defaultValue none */
  readonly exclude?: readonly string[];
  /** Replacement names by original name. @defaultValue none */
  readonly names?: Readonly<Record<string, string>>;
}

const remedy = "Pass something like { ORDERS_POOL: 'orders' }.";

/** Descriptions of the members of {@link DiscoveryOptions}. */
export const discoveryMembers: MembersOf<DiscoveryOptions> = {
  exclude: nameList({ remedy: 'Pass the names as they are reported.' }),
  names: record(
    { key: option(v.string(), { rule: 'a name', remedy }), value: text() },
    { rule: 'an object of new names by reported name', remedy },
  ),
};

/** Description of {@link DiscoveryOptions}. */
export const discoveryOptions = group<DiscoveryOptions>(discoveryMembers, {
  rule: 'an object with exclude and names, or false',
  remedy: 'Pass { exclude: [], names: {} }, or false to observe only what you register.',
  or: OFF,
});
