import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import { type MessageClass, rolesOf } from './cqrs-role.js';
import type { CqrsSelection } from './cqrs-selection.js';

/** What Nest knows about a provider; the part that is used here. */
interface ProviderRecord {
  readonly metatype?: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
}

/** Observes a provider if it is a handler: one where `@nestjs/cqrs` will find one. */
export function observeHandler(
  provider: ProviderRecord,
  instrumentation: Instrumentation,
  selection: CqrsSelection,
): void {
  const { instance, inject, metatype } = provider;
  const found = classOf(provider);
  const prototype = found?.prototype as object | undefined;
  if (found === undefined || prototype === undefined) return;
  for (const role of rolesOf(found)) {
    if (selection.accepts(found, role.messages))
      instrumentation.discover(prototype, role, instance);
  }
  // What somebody else made may belong to others, too: it is adopted with everything of that kind.
  const isMadeByNest = typeof metatype === 'function' && (inject ?? undefined) === undefined;
  if (isMadeByNest) instrumentation.bindKnown(instance);
}

/** The class of the instance; a handler may be replaced by an instance of a class of its own. */
export function classOf({ instance, metatype }: ProviderRecord): MessageClass | undefined {
  const made = (instance as object | null | undefined)?.constructor ?? metatype;
  return typeof made === 'function' ? (made as unknown as MessageClass) : undefined;
}
