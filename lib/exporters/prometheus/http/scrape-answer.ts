import { AggregateUnavailable } from '../../../metrics/aggregation/sampled-metric.js';
import {
  acceptedFormat,
  acceptsGzip,
  formatGatheringFault,
} from '../format/content-negotiation.format.js';
import { TEXT_CONTENT_TYPE } from '../format/prometheus-text.format.js';
import type { PrometheusExporter } from '../prometheus.exporter.js';

/** Request headers that select the format and compression. */
export interface ScrapeRequest {
  readonly accept?: string | undefined;
  readonly 'accept-encoding'?: string | string[] | undefined;
}

/** Response to a scrape, independent of the server. */
export interface ScrapeAnswer {
  readonly status: 200 | 500 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** Body in pieces, which other responses may share. */
  readonly pieces: readonly Uint8Array[];
}

const VARY = 'Accept, Accept-Encoding';

/**
 * Answers a scrape; 500 with a reason when a collector fails, 503 when not all processes could be
 * read. Never throws.
 */
export async function answerScrape(
  exporter: PrometheusExporter,
  request: ScrapeRequest,
): Promise<ScrapeAnswer> {
  try {
    const exposition = await exporter.expose(acceptedFormat(request.accept));
    const isCompressed = acceptsGzip(String(request['accept-encoding'] ?? ''));
    const pieces = isCompressed ? await exposition.gzipped() : exposition.pieces;
    const headers = {
      ...headersOf(exposition.contentType, pieces),
      ...(isCompressed && { 'Content-Encoding': 'gzip' }),
    };
    return { status: 200, headers, pieces };
  } catch (error) {
    const pieces = [Buffer.from(formatGatheringFault(error))];
    const status = error instanceof AggregateUnavailable ? 503 : 500;
    return { status, headers: headersOf(TEXT_CONTENT_TYPE, pieces), pieces };
  }
}

function headersOf(contentType: string, pieces: readonly Uint8Array[]): Record<string, string> {
  const length = pieces.reduce((sum, it) => sum + it.length, 0);
  return { 'Content-Type': contentType, 'Content-Length': String(length), Vary: VARY };
}
