import type { InjectionToken } from '@nestjs/common';
import type { AnyHandlerOptions } from '../instrumentation/decorators/handler-options.js';
import type { Handler } from '../instrumentation/binding/handler-inventory.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { projectionKind } from '../kinds/projection.decorator.js';
import type { CheckpointSource } from '../projections/checkpoint-source.js';
import type { HeadSource } from '../projections/head-source.js';
import type { ProjectionSettings } from '../projections/projection-settings.js';
import type { ProjectionsOptions } from './options/projections-options.js';

/** Finds a provider of the application. */
export type FindProvider = (token: InjectionToken) => unknown;

type Shared = 'head' | 'checkpoint' | 'filter' | 'idleAfterMs' | 'stalledAfterMs' | 'owner';

const sharedOptions: readonly Shared[] = [
  ...(['head', 'checkpoint', 'filter'] as const),
  ...(['idleAfterMs', 'stalledAfterMs', 'owner'] as const),
];

/**
 * Returns the observation settings of each declared projection by name.
 *
 * @throws ConfigurationError `OBS_HANDLER_OPTION` when the methods of a projection have conflicting
 * options, or a source is invalid.
 */
export function declaredProjections(
  handlers: readonly Handler[],
  options: ProjectionsOptions,
  find: FindProvider,
): Map<string, ProjectionSettings> {
  const byName = new Map<string, AnyHandlerOptions[]>();
  for (const { kind, name, decoration } of handlers) {
    if (kind !== projectionKind) continue;
    byName.set(name, [...(byName.get(name) ?? []), decoration.options]);
  }
  const entries = [...byName].map(([name, own]) => {
    const merged = mergedOptions(name, own);
    return [name, settingsOf(name, { ...options, ...merged }, find)] as const;
  });
  return new Map(entries);
}

function settingsOf(
  name: string,
  options: Pick<AnyHandlerOptions, Shared>,
  find: FindProvider,
): ProjectionSettings {
  const { head, checkpoint, filter, idleAfterMs, stalledAfterMs, owner } = options;
  const source = (token: InjectionToken | undefined, method: 'observe' | 'read') =>
    token === undefined ? undefined : sourceOf(token, { name, method, find });
  const settings = {
    head: source(head, 'observe') as HeadSource | undefined,
    checkpoint: source(checkpoint, 'read') as CheckpointSource | undefined,
    filter,
    idleAfterMs,
    stalledAfterMs,
    owner,
  };
  // Options omitted here may have been passed to observe() by a provider initialised earlier.
  return Object.fromEntries(Object.entries(settings).filter(([, it]) => it !== undefined));
}

function mergedOptions(
  name: string,
  own: readonly AnyHandlerOptions[],
): Pick<AnyHandlerOptions, Shared> {
  const entries = sharedOptions.flatMap((option) => {
    const said = own.map((it) => it[option]).filter((it) => it !== undefined);
    const other = said.find((it) => !isSame(it, said[0]));
    if (other !== undefined) throw disagreement(name, option, other);
    return said.length === 0 ? [] : [[option, said[0]] as const];
  });
  return Object.fromEntries(entries) as Pick<AnyHandlerOptions, Shared>;
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return JSON.stringify(one) === JSON.stringify(other);
}

function disagreement(name: string, option: Shared, value: unknown): ConfigurationError {
  return new ConfigurationError('OBS_HANDLER_OPTION', {
    subject: `projection ${name}, ${option}`,
    value,
    rule: 'it holds for the whole projection, and another of its methods says something else',
    remedy: 'Say it on one of the methods.',
  });
}

interface Wanted {
  readonly name: string;
  readonly method: 'observe' | 'read';
  readonly find: FindProvider;
}

function sourceOf(token: InjectionToken, { name, method, find }: Wanted): unknown {
  const found = providerOf(token, find);
  if (typeof (found as Record<string, unknown> | undefined)?.[method] === 'function') return found;
  const option = method === 'observe' ? 'head' : 'checkpoint';
  throw new ConfigurationError('OBS_HANDLER_OPTION', {
    subject: `projection ${name}, ${option}`,
    value: token,
    rule: `the token of a provider of the application that has a method ${method}()`,
    remedy: `Provide a ${method === 'observe' ? 'HeadSource' : 'CheckpointSource'} under that token.`,
  });
}

function providerOf(token: InjectionToken, find: FindProvider): unknown {
  try {
    return find(token);
  } catch {
    // Nest throws for unknown tokens; the error above is more specific.
    return undefined;
  }
}
