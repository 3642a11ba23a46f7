import { SafeJson } from '../encode/safe-json.js';
import { LineRedactor } from '../redaction/line-redactor.js';
import { currentScope, idsOf } from './log-scope.js';

const builtIn = new SafeJson(new LineRedactor());
const applied: SafeJson[] = [];

/** Redacts contexts with the rules of an application, while it runs. @returns a function that ends it. */
export function redactContextsWith(json: SafeJson): () => void {
  applied.push(json);
  return () => {
    const at = applied.indexOf(json);
    if (at !== -1) applied.splice(at, 1);
  };
}

/**
 * Returns the ids of the active span, and the name and ids of the handler that runs: for the lines of another logger, as
 * `mixin` of pino or in a format of winston. Secrets are redacted by the rules of the application that started last. It
 * never throws.
 *
 * @example
 * ```ts
 * import { logContext } from '@eventcore/nestjs-observability/logging';
 *
 * export const pinoOptions = { mixin: () => logContext() };
 * ```
 */
export function logContext(): Record<string, unknown> {
  try {
    const ids = idsOf();
    const scope = currentScope();
    return {
      ...(ids !== undefined && { trace_id: ids.traceId, span_id: ids.spanId }),
      ...(scope !== undefined &&
        (JSON.parse(`{${scope.text(applied.at(-1) ?? builtIn)}}`) as object)),
    };
  } catch {
    return {};
  }
}
