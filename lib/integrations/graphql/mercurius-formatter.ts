import { join } from 'node:path';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import { ownFile } from '../../kernel/peers/process-state.js';
import { requireOf } from '../../kernel/peers/require-of.js';

/** Returns the formatter that Mercurius uses without one of the application; `undefined` where it cannot be found. */
export function defaultErrorFormatter(): AnyFunction | undefined {
  for (const file of [ownFile, process.argv[1] ?? '', join(process.cwd(), 'package.json')]) {
    try {
      const mercurius = requireOf(file)('mercurius') as { defaultErrorFormatter?: unknown };
      const { defaultErrorFormatter: format } = mercurius;
      if (typeof format === 'function') return format as AnyFunction;
    } catch {
      // Not visible from this file.
    }
  }
  return undefined;
}
