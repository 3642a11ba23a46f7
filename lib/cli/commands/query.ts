import { LabelSet } from '../../query/label-set.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { UsageError } from '../command-io.js';
import { DEFAULT_URL } from '../service-reader.js';

const API = '/prometheus';
const REMEDY = 'Set the option api of history(), and --url to its address, such as';

type Pair = readonly [number, string];

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Pair;
  readonly values?: readonly Pair[];
}

interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: {
    readonly resultType: 'scalar' | 'string' | 'vector' | 'matrix';
    readonly result: Pair | readonly Series[];
  };
}

/** Asks a service, or a Prometheus, a question in PromQL, and prints one line for each series. */
export async function runQuery(call: CommandCall): Promise<ExitCode> {
  const [query = ''] = call.args;
  const address = addressOf(call);
  const parameters = { query, ...(call.options['at'] && { time: String(call.options['at']) }) };
  const page = await call.service.read({
    url: address,
    path: API,
    accept: 'application/json',
    query: parameters,
  });
  const answer = parsed(page.text);
  if (answer?.data === undefined) {
    if (typeof answer?.error === 'string') throw new UsageError(answer.error);
    throw new UsageError(
      `${page.place} answered ${page.status} and is no query API. ${REMEDY} ${DEFAULT_URL}${API}.`,
    );
  }
  if (call.json) call.print(JSON.stringify(answer.data));
  else for (const it of linesOf(answer.data)) call.print(it);
  return exitCodes.ok;
}

function addressOf({ options, io }: CommandCall): string {
  const given = String(options['url'] ?? io.env['OBSERVABILITY_URL'] ?? DEFAULT_URL);
  if (!URL.canParse(given)) return given;
  const address = new URL(given);
  const base = address.pathname === '/' ? API : address.pathname.replace(/\/+$/, '');
  address.pathname = `${base}/api/v1/query`;
  return address.href;
}

function parsed(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function linesOf({ resultType, result }: NonNullable<Answer['data']>): readonly string[] {
  if (resultType === 'scalar' || resultType === 'string') return [pairText(result as Pair)];
  return (result as readonly Series[]).flatMap(({ metric, value, values = [] }) => {
    const labels = LabelSet.of(metric).toString();
    return (value === undefined ? values : [value]).map((it) => `${labels} => ${pairText(it)}`);
  });
}

function pairText([seconds, value]: Pair): string {
  return `${value} @[${new Date(seconds * 1_000).toISOString()}]`;
}
