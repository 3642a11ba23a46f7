import type { Explanation } from '../../module/diagnosis/diagnosis.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';

/** Prints why a metric, span or handler of a running service does not appear. */
export async function explainName(call: CommandCall): Promise<ExitCode> {
  const { args, options, service, print, strong, json } = call;
  const query = { name: args[0] as string };
  const explanation = await service.diagnosis<Explanation>(options['url'], query);
  const { name, kind, appears, reasons, suggestions } = explanation;
  if (json) print(JSON.stringify(explanation));
  else {
    print(`${strong(name)} ${kind}, ${appears ? 'appears' : 'does not appear'}`);
    for (const it of reasons) print(it);
    if (suggestions.length > 0) print(`Did you mean ${suggestions.join(', ')}?`);
  }
  return appears ? exitCodes.ok : exitCodes.problem;
}
