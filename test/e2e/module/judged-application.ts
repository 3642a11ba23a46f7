import { MetricHistory, performance } from '../../../lib/query/index.js';
import { ObservabilityModule, type ObservabilityPlugin } from '../../../lib/index.js';
import { poll } from '../../system/poll.js';
import { RecordedHistory } from '../../unit/performance/recorded-history.js';
import { RunningApplication } from './running-application.js';

const MINUTES = 20;
const MINUTE_MS = 60_000;
const HEAP = 'eventcore_memory_usage_bytes{component="heap_used"}';

/** Starts an application with a history in which the heap rises and commands fail, and waits for its first evaluation. */
export async function startJudged(): Promise<RunningApplication> {
  const past = new RecordedHistory();
  const nowMs = Date.now();
  for (let minute = 0; minute <= MINUTES; minute++) {
    past.add(nowMs - (MINUTES - minute) * MINUTE_MS, {
      [HEAP]: 1e8 + minute * 1e7,
      'eventcore_commands_total{command_type="PlaceOrder"}': minute * 60,
      'eventcore_command_errors_total{command_type="PlaceOrder"}': minute,
    });
  }
  const history: ObservabilityPlugin = {
    name: 'history',
    providers: [{ provide: MetricHistory, useValue: past }],
  };
  const plugins = [history, performance({ intervalMs: 10 })];
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins })],
  });
  const judged = async () =>
    (await application.get('/metrics')).text.includes('eventcore_capacity_saturation_seconds{') ||
    undefined;
  await poll(judged, { what: 'an evaluation', timeoutMs: 20_000 });
  return application;
}
