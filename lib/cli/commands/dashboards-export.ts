import { boards } from '../../dashboards/boards.js';
import { grafanaDashboard, type GrafanaOptions } from '../../dashboards/grafana-dashboard.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { parametersOf } from '../name-value.js';
import { asUsageError } from '../option-problems.js';
import { writeFiles } from '../output-files.js';

const OPTIONS = ['namespace', 'selector', 'datasource'];

/** Writes all boards for Grafana as files of a folder, or prints them as an array. */
export async function exportDashboards({
  options,
  lists,
  io,
  print,
}: CommandCall): Promise<ExitCode> {
  const given = OPTIONS.filter((it) => options[it] !== undefined).map((it) => [it, options[it]]);
  const parameters = parametersOf(lists['set']);
  const dashboards = dashboardsWith({ ...Object.fromEntries(given), parameters });
  const { out } = options;
  if (typeof out !== 'string') {
    io.out(`${JSON.stringify(dashboards, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  const files = boards.map(({ id }, i) => ({
    name: `${id}.json`,
    text: `${JSON.stringify(dashboards[i], undefined, 2)}\n`,
  }));
  for (const path of await writeFiles(out, files)) print(path);
  return exitCodes.ok;
}

function dashboardsWith(options: GrafanaOptions) {
  try {
    return boards.map((it) => grafanaDashboard(it, options));
  } catch (error) {
    throw asUsageError(error);
  }
}
