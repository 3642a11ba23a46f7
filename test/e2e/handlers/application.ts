import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach } from 'vitest';
import {
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../lib/index.js';

const running: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

/** An application with observability, not yet initialised; it is closed when the test is over. */
export async function create(
  { imports = [], ...metadata }: ModuleMetadata,
  options: ObservabilityOptions = {},
): Promise<INestApplication> {
  const observability = ObservabilityModule.forRoot({ ...options, health: false });
  const testing = Test.createTestingModule({ ...metadata, imports: [observability, ...imports] });
  const app = (await testing.compile()).createNestApplication({ logger: false });
  running.push(app);
  return app;
}

/** An application that runs; it is closed when the test is over. */
export async function start(
  metadata: ModuleMetadata,
  options: ObservabilityOptions = {},
): Promise<INestApplication> {
  const app = await create(metadata, options);
  return await app.init();
}

/** The series of a metric by their label values; of a histogram the number of observations. */
export function series(app: INestApplication, name: string): Record<string, number> {
  const { metrics } = app.get(ObservabilityService, { strict: false }).snapshot();
  const blocks = metrics.find((it) => it.definition.name === name)?.blocks ?? [];
  return Object.fromEntries(
    blocks.flatMap(({ labelSets, values, stride }) =>
      labelSets.map((labels, i) => {
        const numbers = Array.from(values.subarray(i * stride, (i + 1) * stride));
        const counts = stride === 1 ? numbers : numbers.slice(0, -1);
        return [labels.join(' '), counts.reduce((sum, it) => sum + it, 0)];
      }),
    ),
  );
}

/** Events that projections applied as they came, by projection. */
export function applied(
  app: INestApplication,
  name = 'eventcore_projection_events_processed_total',
): Record<string, number> {
  const live = Object.entries(series(app, name)).filter(([labels]) => labels.endsWith(' live'));
  return Object.fromEntries(live);
}

/** Commands that finished, by type. */
export function commands(app: INestApplication): Record<string, number> {
  return series(app, 'eventcore_commands_total');
}
