// deploy/grafana/dashboards: every board for Grafana.
import { loadSource } from './library.mjs';

/** The dashboards by file. */
export async function dashboardFiles() {
  const { boards, grafanaDashboard } = await loadSource('lib/dashboards/index.ts');
  return Object.fromEntries(
    boards.map((it) => [
      `deploy/grafana/dashboards/${it.id}.json`,
      `${JSON.stringify(grafanaDashboard(it), undefined, 2)}\n`,
    ]),
  );
}
