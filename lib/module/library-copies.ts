import type { InjectionToken, Provider } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Capability } from '../kernel/capability.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { libraryName } from '../kernel/library.js';
import {
  type LibraryCopy,
  libraryCopies,
  offeredInjectables,
  ownCopy,
  sharesState,
} from '../kernel/peers/process-state.js';
import type { Diagnosis } from './diagnosis/diagnosis.js';

/** Token with the copy of each `ObservabilityModule`; the same in all versions of this package. */
const COPY_OF_MODULE = Symbol.for(`${libraryName}/module`);

/** Provider by which {@link assertImportedOnce} finds the modules of all copies. */
export const copyOfModule: Provider = { provide: COPY_OF_MODULE, useValue: ownCopy };

/**
 * Returns providers for classes that other copies of this package declare, so that a class that imports
 * `ObservabilityService` or `ObservabilityLogger` from another copy receives that of the application.
 *
 * @param provided - Tokens of the public providers and of those of plugins.
 */
export function injectablesOfCopies(provided: readonly InjectionToken[]): Provider[] {
  const offered = offeredInjectables();
  const classes = offered.filter((it) => provided.includes(it));
  return offered.flatMap((other) => {
    const same = classes.find(({ name }) => name === other.name);
    if (same === undefined || classes.includes(other)) return [];
    return [{ provide: other, useExisting: same }];
  });
}

/**
 * Rejects a second import, because handlers would report to one of two registries and `/metrics`
 * might show the other.
 *
 * @throws ConfigurationError `OBS_MODULE_DUPLICATE`
 */
export function assertImportedOnce(modules: ModulesContainer): void {
  const copies = [...modules.values()].flatMap(
    ({ providers }) => (providers.get(COPY_OF_MODULE)?.instance as LibraryCopy | undefined) ?? [],
  );
  if (copies.length < 2) return;
  const isOne = new Set(copies).size === 1;
  const imported = isOne ? '' : `; this one imports ${copies.map(shownCopy).join(' and ')}`;
  throw new ConfigurationError('OBS_MODULE_DUPLICATE', {
    subject: 'ObservabilityModule',
    value: copies.length,
    rule: `an application imports it with options once${imported}`,
    remedy: isOne
      ? 'Keep the import in the root module, with isGlobal: true if others inject from it.'
      : 'Keep the import in the root module. Other copies of the package need none: their decorators report to it.',
  });
}

/** Returns the loaded copies of this package for the diagnosis. */
export function diagnoseCopies(): Diagnosis['copies'] {
  return libraryCopies().map((it) => {
    const { path, version } = it;
    return { path, version, shared: sharesState(it) };
  });
}

/** Explains copies whose decorated handlers the application cannot observe; empty without any. */
export function copyHints(): string[] {
  return libraryCopies()
    .filter((it) => !sharesState(it))
    .map(
      (it) =>
        `OBS_COPIES_INCOMPATIBLE: ${libraryName} is loaded as ${shownCopy(ownCopy)} and as ${shownCopy(it)}, ` +
        'which have nothing in common: handlers that one decorates do not report to the other. Install one version.',
    );
}

function shownCopy({ path, version }: LibraryCopy): string {
  return `${version} from ${path}`;
}

/** Warns of copies of this package whose handlers the application cannot observe. */
export class LibraryCopiesCheck implements Capability {
  readonly name = 'instrumentation';
  readonly #warn: (message: string) => void;

  /** @param warn - Logs a warning. */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** {@inheritDoc Capability.bootstrap} All packages are loaded by then. */
  bootstrap(): void {
    for (const hint of copyHints()) this.#warn(hint);
  }
}
