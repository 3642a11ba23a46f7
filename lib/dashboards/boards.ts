import type { Board } from './board.js';
import { commandsBoard } from './boards/commands.js';
import { eventStoreBoard } from './boards/event-store.js';
import { httpAndRuntimeBoard } from './boards/http-and-runtime.js';
import { jobsBoard } from './boards/jobs.js';
import { messagesBoard } from './boards/messages.js';
import { modelsBoard } from './boards/models.js';
import { overviewBoard } from './boards/overview.js';
import { pipelinesBoard } from './boards/pipelines.js';
import { projectionsBoard } from './boards/projections.js';
import { resourcesBoard } from './boards/resources.js';
import { serviceMeshBoard } from './boards/service-mesh.js';
import { sloBoard } from './boards/slo.js';
import { telemetryBoard } from './boards/telemetry.js';

/** All boards of the library, the one to look at first in front. */
export const boards: readonly Board[] = [
  overviewBoard,
  commandsBoard,
  projectionsBoard,
  eventStoreBoard,
  jobsBoard,
  messagesBoard,
  pipelinesBoard,
  httpAndRuntimeBoard,
  serviceMeshBoard,
  modelsBoard,
  resourcesBoard,
  sloBoard,
  telemetryBoard,
];
