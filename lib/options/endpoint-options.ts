import * as v from 'valibot';
import { type GroupCheck, list, option, type ValueDescription } from './description.js';
import type { ListDescription } from './description.js';
import { callback, wholeNumber } from './standard-options.js';

const guardRemedy = 'Pass the classes themselves.';
const decoratorRemedy = 'Pass something like [Public(), SkipThrottle()].';

/** Options of every endpoint that is served in the application or on a separate port, by name. */
export function endpointMembers(
  controllerRemedy: string,
): Record<
  'guards' | 'decorators' | 'imports' | 'controller' | 'port' | 'host',
  ValueDescription | ListDescription
> {
  return {
    guards: list(callback(guardRemedy, { rule: 'a guard class' }), {
      rule: 'an array of guard classes',
      remedy: guardRemedy,
    }),
    decorators: list(callback(decoratorRemedy, { rule: 'a class decorator' }), {
      rule: 'an array of class decorators',
      remedy: decoratorRemedy,
    }),
    imports: option(Array.isArray, {
      rule: 'an array of modules',
      remedy: 'Pass the modules that export the dependencies of guards and controller.',
    }),
    controller: callback(controllerRemedy, { rule: 'a controller class' }),
    port: wholeNumber(0, 65_535, { remedy: 'Pass a free TCP port.' }),
    host: option(v.pipe(v.string(), v.minLength(1)), {
      rule: 'a host name or address',
      remedy: "Pass something like '127.0.0.1'.",
    }),
  };
}

/** Rules about the options of an endpoint: a separate port serves no route of Nest. */
export function endpointChecks(subject: string): GroupCheck[] {
  const noRouteOfNest = (at: 'guards' | 'decorators' | 'controller'): GroupCheck => ({
    at,
    rule: `cannot be combined with ${subject}.port: that port serves no route of Nest`,
    remedy: 'Remove one of the two; bind the port to an address that only the caller reaches.',
    holds: ({ port, [at]: value }) =>
      port === undefined || value === undefined || (Array.isArray(value) && value.length === 0),
  });
  return [
    noRouteOfNest('guards'),
    noRouteOfNest('decorators'),
    noRouteOfNest('controller'),
    {
      at: 'host',
      rule: `needs ${subject}.port`,
      remedy: `Add ${subject}.port, or remove the host.`,
      holds: ({ port, host }) => port !== undefined || host === undefined,
    },
  ];
}
