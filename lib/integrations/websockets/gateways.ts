import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';

// The package does not export the key; being text, it is the same for all copies of it.
const GATEWAY = 'websockets:is_gateway';

/** Returns true if an application has gateways. */
export function hasGateways(modules: Modules): boolean {
  for (const _ of gatewaysOf(modules)) return true;
  return false;
}

/** Classes of the gateways. */
export function* gatewaysOf(modules: Modules): Iterable<HandlerClass> {
  for (const { providers } of modules) {
    for (const { metatype } of providers.values()) {
      const isClass = typeof metatype === 'function' && Boolean(metatype.prototype);
      if (isClass && Reflect.hasMetadata(GATEWAY, metatype)) yield metatype as HandlerClass;
    }
  }
}
