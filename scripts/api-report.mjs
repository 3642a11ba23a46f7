// Writes the public API of every entry of the package, as dist declares it, to etc/<entry>.api.md.
// With --check it compares instead, and fails when a report is not what dist declares. A type that a signature mentions has
// to be an export of one of the entries: without that it cannot be named, and both ways fail.
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { packageEntries } from './package-entries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');

// The builder of Nest makes it, and ObservabilityModule is all that extends it.
const UNNAMED = ['ConfigurableModuleClass'];

const configs = packageEntries.map(configOf);
const compilerState = CompilerState.create(configs[0], {
  additionalEntryPoints: configs.map((it) => it.mainEntryPointFilePath),
});
const exported = new Set([...UNNAMED, ...exportedNames(compilerState.program)]);
const unnamed = new Set();
mkdirSync(configs[0].reportFolder, { recursive: true });
const failed = configs.filter((config) => !report(config));
if (failed.length > 0) {
  const names = failed.map((it) => basename(it.reportFilePath)).join(', ');
  console.error(`The public API is not the one in etc/ (${names}). If that is meant: npm run api`);
  process.exitCode = 1;
}
if (unnamed.size > 0) {
  console.error(`No entry exports what signatures mention:\n${[...unnamed].sort().join('\n')}`);
  process.exitCode = 1;
}

/** Names of everything that the entries export. */
function exportedNames(program) {
  const checker = program.getTypeChecker();
  return configs
    .map((it) => checker.getSymbolAtLocation(program.getSourceFile(it.mainEntryPointFilePath)))
    .flatMap((it) => (it === undefined ? [] : checker.getExportsOfModule(it)))
    .map((it) => it.name);
}

function configOf({ name, types }) {
  const configObjectFullPath = `${root}api-extractor.json`;
  const configObject = ExtractorConfig.loadFile(configObjectFullPath);
  configObject.mainEntryPointFilePath = `<projectFolder>/${types}`;
  configObject.apiReport.reportFileName = name;
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath,
    packageJsonFullPath: `${root}package.json`,
  });
}

function report(config) {
  const result = Extractor.invoke(config, {
    compilerState,
    localBuild: !isCheck,
    printApiReportDiff: isCheck,
    messageCallback: quieten,
  });
  return result.succeeded || (!isCheck && result.errorCount === 0);
}

function quieten(message) {
  if (message.messageId === 'ae-forgotten-export') noteUnnamed(message);
  const isProgress = message.logLevel === 'info' || message.logLevel === 'verbose';
  if (isProgress && message.messageId !== 'console-api-report-diff') message.handled = true;
}

function noteUnnamed(message) {
  message.logLevel = 'none';
  const [, name] = /symbol "(\w+)"/.exec(message.text);
  if (!exported.has(name)) unnamed.add(`${name} in ${message.sourceFilePath}`);
}
