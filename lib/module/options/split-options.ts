import { assertOptions, extraNames } from './options-schema.js';

type Options = Record<string, unknown>;

/**
 * Own options, and those that shape the module.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` for what is no object.
 */
export function splitOptions(options: object): [own: Options, extras: Options] {
  if (typeof options !== 'object' || options === null) assertOptions(options);
  const entries = Object.entries(options);
  const isExtra = ([name]: [string, unknown]) => extraNames.includes(name);
  return [
    Object.fromEntries(entries.filter((it) => !isExtra(it))),
    Object.fromEntries(entries.filter(isExtra)),
  ];
}
