import { formatGatheringFault } from './gathering-fault.format.js';
import type { PrometheusExporter } from './prometheus.exporter.js';

/** What a scrape is answered with, whoever serves it. */
export interface ScrapeAnswer {
  readonly status: 200 | 500;
  readonly body: string;
}

/** Answers a scrape; 500 with a reason when a collector fails. It never throws. */
export async function answerScrape(exporter: PrometheusExporter): Promise<ScrapeAnswer> {
  try {
    return { status: 200, body: await exporter.render() };
  } catch (error) {
    return { status: 500, body: formatGatheringFault(error) };
  }
}
