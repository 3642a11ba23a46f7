import { assertOptions } from '../../options/assert-options.js';
import {
  group,
  list,
  type MisplacedOption,
  option,
  type OptionDescription,
  type OptionRule,
} from '../../options/description.js';
import { callback, providerToken } from '../../options/standard-options.js';
import {
  extraMembers,
  factoryChecks,
  factoryMembers,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
} from './observability-options.js';

const KNOWN: OptionRule = { rule: 'an object of options', remedy: 'Pass an object.' };

/** Description of the options of `forRoot`. */
export const moduleOptions = group<ObservabilityOptions & ObservabilityModuleExtras>(
  { ...factoryMembers, ...extraMembers },
  { ...KNOWN, checks: factoryChecks },
);

const factoryOptions = group<ObservabilityOptions>(factoryMembers, {
  ...KNOWN,
  checks: factoryChecks,
  misplaced: rulesFor(extraMembers, {
    rule: 'shapes the module and is needed before the factory runs',
    remedy: 'Move it beside useFactory.',
  }),
});

const SOURCES = ['useFactory', 'useClass', 'useExisting'];
const anything = option(() => true, KNOWN);
const anyList = (what: string) =>
  list(anything, { rule: `an array of ${what}`, remedy: `Pass the ${what}.` });

const asyncOptions = group(
  {
    useFactory: callback('Pass () => options.'),
    useClass: callback('Pass a class with create().', { rule: 'a class' }),
    useExisting: providerToken(),
    inject: anyList('provider tokens'),
    imports: anyList('modules'),
    provideInjectionTokensFrom: anyList('providers'),
    ...extraMembers,
  },
  {
    ...KNOWN,
    checks: [
      {
        rule: `must have exactly one of ${SOURCES.join(', ')}`,
        remedy: 'Pass useFactory: () => options.',
        holds: (it) => SOURCES.filter((source) => it[source] !== undefined).length === 1,
      },
    ],
    misplaced: rulesFor(factoryMembers, {
      rule: 'is returned by the factory, not set beside it',
      remedy: 'Return the option from the factory.',
    }),
  },
);

function rulesFor(
  members: Readonly<Record<string, OptionDescription>>,
  rule: OptionRule,
): Readonly<Record<string, MisplacedOption>> {
  return Object.fromEntries(
    Object.entries(members).map(([name, it]) => [name, { ...rule, option: it }]),
  );
}

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertModuleOptions(options: unknown): void {
  assertOptions('', moduleOptions, options);
}

/**
 * Checks the options of `forRootAsync`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function assertAsyncOptions(options: unknown): void {
  assertOptions('forRootAsync', asyncOptions, options);
}

/**
 * Checks the options that a factory returns.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function assertFactoryOptions(options: unknown): asserts options is ObservabilityOptions {
  assertOptions('', factoryOptions, options);
}
