import { LabelSet } from '../../query/label-set.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { readQueryApi } from './query-answer.js';

type Pair = readonly [number, string];

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Pair;
  readonly values?: readonly Pair[];
}

interface QueryData {
  readonly resultType: 'scalar' | 'string' | 'vector' | 'matrix';
  readonly result: Pair | readonly Series[];
}

/** Asks a service, or a Prometheus, a question in PromQL, and prints one line for each series. */
export async function runQuery(call: CommandCall): Promise<ExitCode> {
  const [query = ''] = call.args;
  const parameters = { query, ...(call.options['at'] && { time: String(call.options['at']) }) };
  const data = await readQueryApi<QueryData>(call, 'query', parameters);
  if (call.json) call.print(JSON.stringify(data));
  else for (const it of linesOf(data)) call.print(it);
  return exitCodes.ok;
}

function linesOf({ resultType, result }: QueryData): readonly string[] {
  if (resultType === 'scalar' || resultType === 'string') return [pairText(result as Pair)];
  return (result as readonly Series[]).flatMap(({ metric, value, values = [] }) => {
    const labels = LabelSet.of(metric).toString();
    return (value === undefined ? values : [value]).map((it) => `${labels} => ${pairText(it)}`);
  });
}

function pairText([seconds, value]: Pair): string {
  return `${value} @[${new Date(seconds * 1_000).toISOString()}]`;
}
