import type { Board } from '../../dashboards/board.js';
import { boards } from '../../dashboards/boards.js';
import { grafanaDashboard, type GrafanaOptions } from '../../dashboards/grafana-dashboard.js';
import { packBoard } from '../../dashboards/pack-board.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';
import { parametersOf } from '../name-value.js';
import { asUsageError } from '../option-problems.js';
import { writeFiles } from '../output-files.js';
import { loadPacks } from '../pack-files.js';

const OPTIONS = ['namespace', 'selector', 'datasource'];

/** Writes all boards for Grafana as files of a folder, or prints them as an array; with one more for metric packs. */
export async function exportDashboards({
  options,
  lists,
  io,
  print,
}: CommandCall): Promise<ExitCode> {
  const given = OPTIONS.filter((it) => options[it] !== undefined).map((it) => [it, options[it]]);
  const parameters = parametersOf(lists['set']);
  const packs = await loadPacks(lists['pack']);
  const all = packs.length > 0 ? [...boards, packBoard(packs)] : boards;
  const dashboards = dashboardsWith(all, { ...Object.fromEntries(given), parameters });
  const { out } = options;
  if (typeof out !== 'string') {
    io.out(`${JSON.stringify(dashboards, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  const files = all.map(({ id }, i) => ({
    name: `${id}.json`,
    text: `${JSON.stringify(dashboards[i], undefined, 2)}\n`,
  }));
  for (const path of await writeFiles(out, files)) print(path);
  return exitCodes.ok;
}

function dashboardsWith(all: readonly Board[], options: GrafanaOptions) {
  try {
    return all.map((it) => grafanaDashboard(it, options));
  } catch (error) {
    throw asUsageError(error);
  }
}
