import { basename, dirname, extname } from 'node:path';
import type { AlertOptions } from '../../alerting/alert-options.js';
import { alertmanagerFiles, type ReceiverOptions } from '../../alerting/alertmanager.js';
import { documentText } from '../../alerting/document-text.js';
import { prometheusRuleResource, prometheusRules } from '../../alerting/prometheus-rules.js';
import { promtoolTests, untestedAlerts } from '../../alerting/promtool-tests.js';
import { runbooks } from '../../alerting/runbooks.js';
import type { SloOptions } from '../../alerting/slo-rules.js';
import { nearestNames } from '../../options/nearest-names.js';
import { UsageError } from '../command-io.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { pairsOf, parametersOf } from '../name-value.js';
import { asUsageError } from '../option-problems.js';
import { writeFiles } from '../output-files.js';
import { quantityOf } from '../quantity.js';

interface TextFile {
  readonly name: string;
  readonly text: string;
}

type Render = (
  options: AlertOptions,
  receivers: ReceiverOptions,
) => Promise<readonly [TextFile, ...TextFile[]]>;

const one = async (name: string, document: unknown): Promise<[TextFile]> => [
  { name, text: await documentText(document) },
];

const formats: Readonly<Record<string, Render>> = {
  prometheus: (options) => one('rules.yaml', prometheusRules(options)),
  'prometheus-rule': (options) => one('prometheus-rule.yaml', prometheusRuleResource(options)),
  tests: (options) => one('rules.test.yaml', promtoolTests(options)),
  runbooks: async (options) => {
    const [first, ...more] = Object.entries(runbooks(options)).map(([name, text]) => ({
      name,
      text,
    }));
    return [first as TextFile, ...more];
  },
  alertmanager: async (options, receivers) => {
    const { config, template, templateFile } = alertmanagerFiles(options, receivers);
    return [...(await one('alertmanager.yml', config)), { name: templateFile, text: template }];
  },
};

const SEVERAL_FILES: readonly string[] = ['runbooks', 'alertmanager'];

/** Writes alerts in one format as files of a folder, or prints them. */
export async function exportAlerts(call: CommandCall): Promise<ExitCode> {
  const { options, lists, io, print } = call;
  const format = formatOf(call);
  const { out } = options;
  if (typeof out !== 'string' && format === 'runbooks')
    throw new UsageError('--out is missing: runbooks are many files. Name a folder for them.');
  if (format !== 'alertmanager' && lists['receiver'] !== undefined)
    throw new UsageError(
      '--receiver belongs to --format alertmanager. Leave it out, or export that format.',
    );
  const files = await rendered(call, formats[format] as Render);
  if (format === 'tests') sayUntested(call);
  if (typeof out !== 'string') {
    io.out(files[0].text);
    return exitCodes.ok;
  }
  for (const path of await written(out, files, format)) print(path);
  return exitCodes.ok;
}

function sayUntested({ io, lists }: CommandCall): void {
  const names = untestedAlerts({ parameters: parametersOf(lists['set']) });
  if (names.length === 0) return;
  io.err(
    `No complete tests of ${names.join(', ')}: with these values they cannot fire, or always do.\n`,
  );
}

function formatOf({ options }: CommandCall): string {
  const { format = 'prometheus' } = options;
  const name = String(format);
  if (Object.hasOwn(formats, name)) return name;
  const known = Object.keys(formats);
  const near = nearestNames(name, known);
  const remedy = near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Omit it for prometheus.';
  throw new UsageError(`--format must be one of ${known.join(', ')}. ${remedy}`);
}

function written(out: string, files: readonly TextFile[], format: string) {
  const [first] = files;
  const isFile = ['.yaml', '.yml', '.json'].includes(extname(out));
  if (!isFile || first === undefined) return writeFiles(out, files);
  if (SEVERAL_FILES.includes(format))
    throw new UsageError(`--out must be a folder: ${format} are several files. Name a folder.`);
  return writeFiles(dirname(out), [{ name: basename(out), text: first.text }]);
}

async function rendered(call: CommandCall, render: Render) {
  const { options, lists } = call;
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const given = {
    namespace: text('namespace'),
    selector: text('selector'),
    runbookUrl: text('runbook-url'),
    aggregateBy: text('aggregate-by')
      ?.split(',')
      .map((it) => it.trim()),
  };
  const set = Object.entries(given).filter(([, it]) => it !== undefined);
  try {
    return await render(
      {
        ...(Object.fromEntries(set) as AlertOptions),
        parameters: parametersOf(lists['set']),
        slos: (lists['slo'] ?? []).map(sloOf),
      },
      Object.fromEntries(pairsOf('receiver', lists['receiver'])),
    );
  } catch (error) {
    throw asUsageError(error);
  }
}

function sloOf(text: string): SloOptions {
  const pairs = pairsOf('slo', text.split(','));
  const members = pairs.map(([name, value]) => {
    if (name === 'threshold' || name === 'thresholdSeconds')
      return ['thresholdSeconds', numberOf(value)];
    if (name === 'objective') return [name, Number(value.replace(/%$/, ''))];
    return [name, name === 'buckets' ? value.split(' ').map(Number) : value];
  });
  return Object.fromEntries(members) as unknown as SloOptions;
}

/** Returns seconds; NaN is reported with the other options. */
function numberOf(value: string): number {
  const quantity = quantityOf(value, 'seconds');
  return typeof quantity === 'number' ? quantity : Number.NaN;
}
