import type { Diagnosis } from '../../module/diagnosis/diagnosis.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';

/** Prints the sampler, and the recorded and lost spans of each exporter. */
export async function showSampling(call: CommandCall): Promise<ExitCode> {
  const { options, service, print, strong, json } = call;
  const { spans } = await service.diagnosis<Diagnosis>(options['url']);
  const { recording, provider, sampler, exporters, kinds } = spans;
  const lost = exporters.reduce((sum, { failed, dropped }) => sum + failed + dropped, 0);
  if (json) print(JSON.stringify({ recording, provider, sampler, exporters }));
  else {
    print(`recording ${strong(recording ? 'yes' : 'no')}`);
    print(`provider ${provider ?? 'none'}`);
    print(`sampler ${sampler ?? 'unknown'}`);
    for (const { exporter, ...counts } of exporters) {
      const { accepted, exported, failed, dropped, pending } = counts;
      print(
        `${strong(exporter)} recorded ${accepted + dropped}, exported ${exported}, failed ${failed}, dropped ${dropped}, pending ${pending}`,
      );
    }
    const reasons = kinds.find(({ kind }) => kind === 'event_store')?.reasons ?? [];
    for (const it of reasons) print(it);
  }
  return recording && lost === 0 ? exitCodes.ok : exitCodes.problem;
}
