import type { AlertName } from '../../../lib/alerting/index.js';
import { callsDrill } from './calls.js';
import type { DrilledApplication } from './drilled-application.js';
import { eventStoreDrill } from './event-store.js';
import { graphqlDrill } from './graphql.js';
import { jobsDrill } from './jobs.js';
import { pipelinesDrill } from './pipelines.js';
import { processDrills } from './processes.js';
import { projectionsDrill } from './projections.js';
import { resourcesDrill } from './resources.js';
import { shopDrill } from './shop.js';
import { telemetryDrill } from './telemetry.js';
import { workersDrill } from './workers.js';

/** All applications of the drill. Each alert is raised on one of them; the watchdog needs none. */
export const drilledApplications: readonly DrilledApplication[] = [
  shopDrill,
  callsDrill,
  eventStoreDrill,
  projectionsDrill,
  jobsDrill,
  graphqlDrill,
  pipelinesDrill,
  resourcesDrill,
  telemetryDrill,
  ...processDrills,
  workersDrill,
];

/** Alert that always fires. */
export const WATCHDOG: AlertName = 'Watchdog';

/** Returns the applications that the alerts need. */
export function applicationsFor(alerts: ReadonlySet<string>): readonly DrilledApplication[] {
  return drilledApplications.filter((it) => it.alerts.some((name) => alerts.has(name)));
}
