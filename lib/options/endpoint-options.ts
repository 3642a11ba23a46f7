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

const LOCAL = /^(?:localhost|::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/**
 * Rule about the address of a port that has no guards.
 *
 * @param power - Verb phrase for what whoever reaches the port may do.
 */
export function localHost(power: string): GroupCheck {
  return {
    at: 'host',
    rule: `must be an address of this machine, such as 127.0.0.1: whoever reaches the port ${power}`,
    remedy: 'Leave it out, or use guards on the port of the application.',
    holds: ({ host: given }) =>
      given === undefined || (typeof given === 'string' && LOCAL.test(given)),
  };
}

/** Rules about a port of this machine, which stands in for guards. */
export function localPortChecks(power: string): GroupCheck[] {
  const notWithPort = (at: 'guards' | 'decorators'): GroupCheck => ({
    at,
    rule: 'cannot be combined with a port of its own: that port serves no route of Nest',
    remedy: 'Remove one of the two.',
    holds: ({ port: given, [at]: value }) => given === undefined || isEmptyList(value),
  });
  return [
    notWithPort('guards'),
    notWithPort('decorators'),
    localHost(power),
    {
      at: 'host',
      rule: 'needs a port',
      remedy: 'Add a port, or remove the host.',
      holds: ({ port: given, host: address }) => given !== undefined || address === undefined,
    },
  ];
}

/** Returns true for a list without members, or none. */
export function isEmptyList(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}
