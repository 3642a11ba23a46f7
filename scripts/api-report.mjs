// Writes the public API of every entry of the package, as dist declares it, to etc/<entry>.api.md.
// With --check it compares instead, and fails when a report is not what dist declares.
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { packageEntries } from './package-entries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');

const configs = packageEntries.map(configOf);
const compilerState = CompilerState.create(configs[0], {
  additionalEntryPoints: configs.map((it) => it.mainEntryPointFilePath),
});
mkdirSync(configs[0].reportFolder, { recursive: true });
const failed = configs.filter((config) => !report(config));
if (failed.length > 0) {
  const names = failed.map((it) => basename(it.reportFilePath)).join(', ');
  console.error(`The public API is not the one in etc/ (${names}). If that is meant: npm run api`);
  process.exitCode = 1;
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
  const isProgress = message.logLevel === 'info' || message.logLevel === 'verbose';
  if (isProgress && message.messageId !== 'console-api-report-diff') message.handled = true;
}
