import { readFile } from 'node:fs/promises';
import { UsageError } from '../command-io.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { readExposition } from '../exposition/exposition-parser.js';
import type { PageFormat, PageProblem } from '../exposition/exposition.js';
import { lintExposition } from '../exposition/family-lint.js';
import { lintSelfMetrics } from '../exposition/self-lint.js';
import { problemLine, readPacks } from '../pack-files.js';

const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
const FAILED = 500;

/** Page to check. */
interface Page {
  readonly place: string;
  readonly text: string;
  /** Absent if the text tells it. */
  readonly format?: PageFormat;
  /** Reason why there is no page. */
  readonly failure?: PageProblem;
}

/** Checks a metrics page or the definitions of metric packs, and prints one line per problem. */
export async function checkMetrics(call: CommandCall): Promise<ExitCode> {
  const files = call.lists['pack'] ?? [];
  if (files.length > 0) return checkPacks(call, files);
  const page = await pageOf(call);
  const { place } = page;
  const problems = page.failure === undefined ? problemsOf(page) : [page.failure];
  const sorted = problems.toSorted((one, other) => one.line - other.line);
  if (call.json) call.print(JSON.stringify({ place, problems: sorted }));
  else
    for (const { line, code, message } of sorted)
      call.print(`${place}:${line} ${call.strong(code)} ${message}`);
  return problems.length === 0 ? exitCodes.ok : exitCodes.problem;
}

async function checkPacks(call: CommandCall, files: readonly string[]): Promise<ExitCode> {
  if (
    call.options['url'] !== undefined ||
    call.options['file'] !== undefined ||
    call.args.length > 0
  )
    throw new UsageError('--pack and a page exclude each other');
  const { problems } = await readPacks(files);
  if (call.json) call.print(JSON.stringify({ problems }));
  else for (const it of problems) call.print(`${call.strong(it.file)} ${problemLine(it)}`);
  return problems.length === 0 ? exitCodes.ok : exitCodes.problem;
}

/** Returns the problems of a page: of its format, of its names and types, and those that the service reports. */
function problemsOf({ text, format }: Page): PageProblem[] {
  const exposition = readExposition(text, format);
  return [...exposition.problems, ...lintExposition(exposition), ...lintSelfMetrics(exposition)];
}

async function pageOf(call: CommandCall): Promise<Page> {
  const { options, args, io, service } = call;
  const { url, file = args[0] } = options;
  if (url !== undefined && file !== undefined)
    throw new UsageError('--url and a file exclude each other');
  if (args[0] !== undefined && (args[0] !== '-' || options['file'] !== undefined))
    throw new UsageError('the page is named by --url or --file, or is - for standard input');
  if (file === '-') return { place: '-', text: await all(io.stdin) };
  if (file !== undefined) return { place: String(file), text: await fileText(String(file)) };
  const page = await service.read({ url, path: '/metrics', accept: ACCEPT });
  const { place, status, contentType, text } = page;
  if (status >= FAILED) {
    const message = `the service answered ${status}: ${text.slice(0, 200).split('\n')[0]}`;
    return { place, text, failure: { line: 1, code: 'OBS_SCRAPE_FAILED', message } };
  }
  if (status !== 200) throw new UsageError(`${place} answered ${status}`);
  const isOpenMetrics = contentType.startsWith('application/openmetrics-text');
  return { place, text, format: isOpenMetrics ? 'openmetrics' : 'text' };
}

async function all(input: AsyncIterable<string | Uint8Array>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const it of input) chunks.push(Buffer.from(it as string));
  return Buffer.concat(chunks).toString('utf8');
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
