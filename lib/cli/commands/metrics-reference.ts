import { catalogue } from '../../metrics/catalogue/catalogue.js';
import { nameIn, OWN_NAMESPACE } from '../../metrics/catalogue/catalogue-metric.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { referenceSection } from '../metrics-reference.js';
import { loadPacks } from '../pack-files.js';

/** Prints the metrics of packs as a reference in Markdown; without packs, those of the library. */
export async function printReference(call: CommandCall): Promise<ExitCode> {
  const { lists, options, json, print } = call;
  const packs = await loadPacks(lists['pack']);
  const namespace = String(options['namespace'] ?? OWN_NAMESPACE);
  const ofPacks = packs.map((it) => ({ title: it.name, metrics: Object.values(it.metrics) }));
  const ofLibrary = catalogue.map(({ title, metrics }) => ({
    title,
    metrics: metrics.map((it) => ({ ...it, name: nameIn(namespace, it.name) })),
  }));
  const sections = packs.length > 0 ? ofPacks : ofLibrary;
  if (json) print(JSON.stringify(sections));
  else print(sections.map(({ title, metrics }) => referenceSection(title, metrics)).join('\n\n'));
  return exitCodes.ok;
}
