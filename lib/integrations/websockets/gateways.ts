import 'reflect-metadata';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { methodsOf } from '../../instrumentation/binding/method-discovery.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';

// The package does not export the keys; being text, they are the same for all copies of it.
const GATEWAY = 'websockets:is_gateway';
const MESSAGE = 'websockets:message_mapping';

/** Returns true if an application has gateways. */
export function hasGateways(modules: Modules): boolean {
  for (const _ of gatewaysOf(modules)) return true;
  return false;
}

/** Methods of the gateways with `@SubscribeMessage`. */
export function* gatewayHandlersOf(modules: Modules): Iterable<object> {
  for (const gateway of gatewaysOf(modules))
    for (const [, method] of methodsOf(gateway))
      if (Reflect.hasMetadata(MESSAGE, method)) yield method;
}

function* gatewaysOf(modules: Modules): Iterable<HandlerClass> {
  for (const { providers } of modules) {
    for (const { metatype } of providers.values()) {
      const isClass = typeof metatype === 'function' && Boolean(metatype.prototype);
      if (isClass && Reflect.hasMetadata(GATEWAY, metatype)) yield metatype as HandlerClass;
    }
  }
}
