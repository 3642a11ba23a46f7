import { ObservabilityModule } from '../../../lib/index.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

/** Starts an application on a clock of the test, with the pipeline `p`. */
export async function startPipeline() {
  const clock = new ManualClock();
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ clock, plugins: [pipelines()] })],
  });
  const flow = application.app.get(Pipelines).pipeline('p');
  /** Returns a function that reads the samples of the pipeline as they are now. */
  const scrape = async () => {
    const { text } = await application.get('/metrics');
    return (name: string, labels: Readonly<Record<string, string>> = {}) =>
      sampleOf(text, `eventcore_${name}`, { ...labels });
  };
  return { application, clock, flow, scrape };
}
