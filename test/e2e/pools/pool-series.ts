import { parseTextFormat } from '../../contract/text-format.js';
import type { RunningApplication } from '../module/running-application.js';

const PREFIX = 'eventcore_connection_pool_';

/** The numbers of every pool in a scrape: `{ orders: { size: 3, … } }`. */
export async function poolSeries(
  application: RunningApplication,
): Promise<Record<string, Record<string, number>>> {
  const { status, text } = await application.get('/metrics');
  if (status !== 200) throw new Error(`the scrape was answered with ${status}`);
  const pools: Record<string, Record<string, number>> = {};
  for (const { name, samples } of parseTextFormat(text).values()) {
    if (!name.startsWith(PREFIX)) continue;
    for (const { labels, value } of samples) {
      (pools[labels['pool'] as string] ??= {})[name.slice(PREFIX.length)] = value;
    }
  }
  return pools;
}
