import {
  type CodeDescription,
  configurationCodes,
  projectionWaitCodes,
  queryCodes,
  traceStoreCodes,
} from '../../kernel/errors/error-codes.js';
import { faultCodes } from '../../kernel/errors/fault-codes.js';
import { nearestNames } from '../../options/nearest-names.js';
import { UsageError } from '../command-io.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';

const codes = new Map<string, CodeDescription>(
  Object.entries({
    ...configurationCodes,
    ...faultCodes,
    ...projectionWaitCodes,
    ...queryCodes,
    ...traceStoreCodes,
  }),
);

/** Prints the description of an error code, or of all codes. */
export async function explainCode({ args, json, print, strong }: CommandCall): Promise<ExitCode> {
  const [wanted] = args;
  if (wanted === undefined) {
    if (json) print(JSON.stringify(Object.fromEntries(codes)));
    else for (const [code, { meaning }] of codes) print(`${strong(code)} ${meaning}`);
    return exitCodes.ok;
  }
  const code = wanted.toUpperCase();
  const found = codes.get(code);
  if (found === undefined) {
    const near = nearestNames(code, codes.keys());
    const meant = near.length === 0 ? '' : ` Did you mean ${near.join(', ')}?`;
    throw new UsageError(`unknown code ${JSON.stringify(wanted.slice(0, 60))}.${meant}`);
  }
  const { meaning, cause, remedy, page } = found;
  if (json) print(JSON.stringify({ code, meaning, cause, remedy, page }));
  else
    for (const line of [
      `${strong(code)} ${meaning}`,
      `Cause:  ${cause}`,
      `Remedy: ${remedy}`,
      `Page:   ${page}`,
    ])
      print(line);
  return exitCodes.ok;
}
