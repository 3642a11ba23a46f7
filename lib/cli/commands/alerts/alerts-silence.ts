import { userInfo } from 'node:os';
import {
  type FileSilence,
  fileSilence,
  readSilenceFile,
  storedSilence,
  writeSilenceFile,
} from '../../../alerts/notifications/silence-file.js';
import { AlertSilences, type StoredSilence } from '../../../alerts/notifications/alert-silences.js';
import { matcherOf } from '../../../alerts/notifications/matchers.js';
import { systemClock } from '../../../kernel/clock.js';
import {
  ConfigurationError,
  type ConfigurationProblem,
} from '../../../kernel/configuration-error.js';
import { errorKind } from '../../../kernel/faults.js';
import { type CommandCall, exitCodes, type ExitCode } from '../../command.js';
import { table } from '../../table.js';
import { durationOf, invalid, timeOf, timeText } from '../../times.js';
import { sectionsOf } from './chosen-rules.js';

const NAME_THE_FILE = 'Pass the file of the option silencesFile of alerting().';

/** Adds a silence to the file of silences, and prints its id. */
export async function addSilence(call: CommandCall): Promise<ExitCode> {
  const { args, options, json, print } = call;
  const path = await pathOf(call);
  const nowMs = systemClock.wallMs();
  const matchers = args.map((text) => {
    const found = matcherOf(text);
    if (found !== undefined) return found;
    const remedy = `Pass something like 'alertname="Slow"'.`;
    throw invalid('MATCHER', text, ['must be a matcher with a valid value', remedy]);
  });
  const request = {
    matchers: matchers.map(({ name, operator, value }) => ({ name, operator, value })),
    startsAtMs: typeof options['from'] === 'string' ? timeOf('--from', options['from']) : nowMs,
    endsAtMs: endOf(call, nowMs),
    createdBy: String(options['author'] ?? userName()),
    comment: String(options['comment'] ?? ''),
  };
  const silence = fileSilence(checked(request));
  await write(path, [...(await read(path)), silence]);
  print(json ? JSON.stringify(silence) : `${silence.id} until ${timeText(request.endsAtMs)}`);
  return exitCodes.ok;
}

/** Prints the silences of the file. */
export async function listSilences(call: CommandCall): Promise<ExitCode> {
  const { options, json, print, strong } = call;
  const entries = await read(await pathOf(call));
  const nowMs = systemClock.wallMs();
  const silences = entries.flatMap((it) => storedSilence(it) ?? []);
  const stateOf = (it: StoredSilence) =>
    it.endsAtMs <= nowMs ? 'expired' : it.startsAtMs > nowMs ? 'pending' : 'active';
  const shown = silences.filter((it) => options['all'] === true || stateOf(it) !== 'expired');
  const wrong = entries.length - silences.length;
  if (json) print(JSON.stringify(shown.map((it) => ({ ...fileSilence(it), state: stateOf(it) }))));
  else if (shown.length > 0) {
    const rows = shown.map((it) => [
      it.id,
      stateOf(it),
      timeText(it.endsAtMs),
      it.createdBy,
      fileSilence(it).matchers?.join(' ') ?? '',
      it.comment,
    ]);
    const heading = ['ID', 'STATE', 'UNTIL', 'AUTHOR', 'MATCHERS', 'COMMENT'];
    for (const line of table(heading, rows, strong)) print(line);
  }
  if (wrong === 0) return exitCodes.ok;
  call.io.err(
    `observability: ${wrong} silences of the file have no end, or a matcher that is none\n`,
  );
  return exitCodes.problem;
}

/** Ends a silence of the file now. */
export async function expireSilence(call: CommandCall): Promise<ExitCode> {
  const { args, json, print } = call;
  const [wanted = ''] = args;
  const path = await pathOf(call);
  const entries = await read(path);
  const ids = entries.map((it) => storedSilence(it)?.id);
  const found = ids.filter((id) => id?.startsWith(wanted) === true);
  const id = ids.find((it) => it === wanted) ?? (found.length === 1 ? found[0] : undefined);
  if (id === undefined) {
    const rule = found.length > 1 ? 'is the begin of several ids' : 'is the id of no silence';
    throw invalid('ID', wanted, [rule, 'Pass an id of alerts silence list.']);
  }
  const nowMs = systemClock.wallMs();
  const ended = entries.map((it) => {
    const silence = storedSilence(it);
    const isOver = silence !== undefined && silence.endsAtMs <= nowMs;
    return silence?.id !== id || isOver ? it : { ...it, id, endsAt: new Date(nowMs).toISOString() };
  });
  await write(path, ended);
  print(json ? JSON.stringify({ id }) : `${id} has ended`);
  return exitCodes.ok;
}

async function pathOf(call: CommandCall): Promise<string> {
  const { file } = call.options;
  const given = file ?? (await sectionsOf(call)).alerts?.silencesFile;
  if (typeof given === 'string' && given !== '') return given;
  throw invalid('--file', given, ['must be the path of a file of silences', NAME_THE_FILE]);
}

async function read(path: string): Promise<readonly FileSilence[]> {
  try {
    return await readSilenceFile(path);
  } catch (error) {
    const isContent = error instanceof SyntaxError || error instanceof TypeError;
    const rule = isContent ? 'is no file of silences' : `cannot be read (${errorKind(error)})`;
    throw invalid('--file', path, [rule, NAME_THE_FILE]);
  }
}

async function write(path: string, silences: readonly FileSilence[]): Promise<void> {
  await writeSilenceFile(path, silences).catch((error: unknown) => {
    const rule = `cannot be written (${errorKind(error)})`;
    throw invalid('--file', path, [rule, NAME_THE_FILE]);
  });
}

function endOf({ options }: CommandCall, nowMs: number): number {
  const { for: length, until } = options;
  if (typeof length === 'string' && until === undefined) return nowMs + durationOf('--for', length);
  if (typeof until === 'string' && length === undefined) return timeOf('--until', until);
  const rule = 'must have either --for or --until';
  throw invalid('silence', until, [rule, 'Pass something like --for 2h.']);
}

/** Names problems as the options of the command. */
function checked(request: Parameters<AlertSilences['add']>[0]): StoredSilence {
  try {
    const { state: _, ...silence } = new AlertSilences(systemClock).add(request);
    return silence;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.code, ...error.problems.map(inOptions));
  }
}

const OPTIONS: Readonly<Record<string, string>> = {
  'silence.matchers': 'MATCHER',
  'silence.startsAtMs': '--from',
  'silence.endsAtMs': '--until',
  'silence.createdBy': '--author',
  'silence.comment': '--comment',
};

function inOptions(problem: ConfigurationProblem): ConfigurationProblem {
  return { ...problem, subject: OPTIONS[problem.subject] ?? problem.subject };
}

/** A user id of a container may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
