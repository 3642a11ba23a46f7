import { SafeJson } from '../encode/safe-json.js';
import { LineRedactor } from '../redaction/line-redactor.js';
import { currentScope, idsOf } from './log-scope.js';

const json = new SafeJson(new LineRedactor());

/**
 * Returns the ids of the active span, and the name and ids of the handler that runs: for the lines of another logger, as
 * `mixin` of pino or in a format of winston. It never throws.
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
      ...(scope !== undefined && (JSON.parse(`{${scope.text(json)}}`) as object)),
    };
  } catch {
    return {};
  }
}
