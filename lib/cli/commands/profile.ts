import { basename, dirname } from 'node:path';
import {
  fileNameOf,
  hottestOf,
  type ProfileKind,
  profileKinds,
  pprofOf,
  type TakenProfile,
} from '../../profiling/formats/profile-kinds.js';
import type { FunctionShare } from '../../profiling/formats/hottest-functions.js';
import { MOST_SECONDS, profilingDefaults } from '../../profiling/profiling-options.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { UsageError } from '../command-io.js';
import { writeFiles } from '../output-files.js';
import { assertFound, type ServicePage } from '../service-reader.js';
import { table } from '../table.js';
import { invalid } from '../times.js';

const SHOWN = 15;
// A busy service needs time for its answer after the profile.
const ANSWER_MS = 30_000;
const MIB = 1024 * 1024;
const REMEDY = 'Add the plugin profiling() to the service, and set --url to its address.';

/** Takes a profile of a running service, prints the hottest functions and writes a file. */
export async function takeProfile(call: CommandCall): Promise<ExitCode> {
  const kind = (call.args[0] ?? 'cpu') as ProfileKind;
  if (!Object.hasOwn(profileKinds, kind))
    throw invalid('the kind', kind, ['must be cpu or heap', 'Pass one of the two.']);
  const { format: ofV8 } = profileKinds[kind];
  const seconds = secondsOf(call);
  const format = String(call.options['format'] ?? 'pprof');
  if (format !== 'pprof' && format !== ofV8)
    throw invalid('--format', format, [`must be pprof or ${ofV8}`, 'Pass one of the two.']);
  const startMs = Date.now();
  const page = await call.service.read({
    url: call.options['url'],
    path: profilingDefaults.path,
    below: kind,
    accept: 'application/json',
    query: { seconds: String(seconds), format: ofV8 },
    timeLimitMs: seconds * 1_000 + ANSWER_MS,
  });
  const profile = profileOf(page);
  const taken = { kind, profile, startMs, durationMs: seconds * 1_000 } as TakenProfile;
  const file = await written(call, taken, format);
  print(call, taken, file);
  return exitCodes.ok;
}

function secondsOf({ options }: CommandCall): number {
  const given = options['seconds'] ?? profilingDefaults.seconds;
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  const rule = `must be a whole number from 1 to ${MOST_SECONDS}`;
  throw invalid('--seconds', given, [rule, 'Pass something like 10.']);
}

/** The profile, or the reason of the service for taking none. */
function profileOf(page: ServicePage): unknown {
  let value: unknown;
  try {
    value = JSON.parse(page.text);
  } catch {
    // Not JSON, as the page of another server.
  }
  const { error } = (value ?? {}) as { readonly error?: unknown };
  if (page.status >= 409 && typeof error === 'string')
    throw new UsageError(`${page.place} answered ${page.status}: ${error}`);
  assertFound(page, REMEDY);
  if (value === undefined) throw new UsageError(`${page.place} has no profiles. ${REMEDY}`);
  return value;
}

async function written(
  { options }: CommandCall,
  taken: TakenProfile,
  format: string,
): Promise<string> {
  const isPprof = format === 'pprof';
  const text = isPprof ? await pprofOf(taken) : JSON.stringify(taken.profile);
  const file = String(options['out'] ?? `${fileNameOf(taken)}.${isPprof ? 'pb.gz' : format}`);
  const [path = file] = await writeFiles(dirname(file), [{ name: basename(file), text }]);
  return path;
}

function print(call: CommandCall, taken: TakenProfile, file: string): void {
  const { kind, durationMs } = taken;
  const { total, functions } = hottestOf(taken);
  const shown = functions.slice(0, SHOWN);
  if (call.json) return call.print(JSON.stringify({ kind, total, functions: shown, file }));
  const quantity = kind === 'cpu' ? 'busy' : 'allocated';
  call.print(`${durationMs / 1_000} s, ${quantity} ${valueText(kind, total)}`);
  const rows = shown.map((it) => rowOf(kind, it));
  for (const it of table(['SHARE', 'SELF', 'FUNCTION', 'PLACE'], rows, call.strong)) call.print(it);
  call.print(file);
}

function rowOf(kind: ProfileKind, { share, value, name, place }: FunctionShare): string[] {
  return [`${(share * 100).toFixed(1)} %`, valueText(kind, value), name, place];
}

function valueText(kind: ProfileKind, value: number): string {
  return kind === 'cpu' ? `${(value / 1e9).toFixed(2)} s` : `${(value / MIB).toFixed(1)} MiB`;
}
