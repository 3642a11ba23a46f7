import { Controller, Get, Inject, Res, VERSION_NEUTRAL } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { PlatformResponse } from '../../../kernel/platform-response.js';
import { PrometheusExporter } from '../prometheus.exporter.js';
import { answerScrape, type ScrapeAnswer } from './scrape-answer.js';

/**
 * Serves the metrics. Extend it to put guards or decorators of your own on the endpoint and pass your class as
 * `prometheus.controller`.
 */
@Controller({ path: 'metrics', version: VERSION_NEUTRAL })
export class MetricsController {
  readonly #exporter: PrometheusExporter;

  constructor(@Inject(PrometheusExporter) exporter: PrometheusExporter) {
    this.#exporter = exporter;
  }

  /**
   * Answers a scrape in the format that it asks for, text 0.0.4 or OpenMetrics 1.0.0, compressed when it asks for gzip;
   * 500 with a reason when a collector fails.
   */
  @Get()
  async metrics(@Res() response: PlatformResponse): Promise<void> {
    const request = response.req ?? response.request;
    const answer = await answerScrape(this.#exporter, request?.headers ?? {});
    // Sent here rather than returned: a global interceptor that wraps results must not wrap this one.
    response.status(answer.status);
    for (const [name, value] of Object.entries(answer.headers)) {
      // What others have said that the answer depends on, it still depends on.
      const before = name === 'Vary' ? headerOf(response, name) : undefined;
      response.header(name, before === undefined ? value : `${String(before)}, ${value}`);
    }
    this.#send(response, answer);
  }

  #send(response: PlatformResponse, { pieces }: ScrapeAnswer): void {
    const { delivery } = this.#exporter;
    if (response.raw !== undefined) {
      delivery.watch(pieces, response.raw);
      response.send(delivery.streamOf(pieces));
    } else if (isNodeResponse(response)) delivery.send(pieces, response);
    else response.send(Buffer.concat(pieces));
  }
}

function headerOf(response: PlatformResponse, name: string): unknown {
  return response.getHeader?.(name) ?? response.raw?.getHeader(name);
}

/** Express's own `send` makes a digest of the body, which holds the event loop for long when there is much of it. */
function isNodeResponse(response: object): response is ServerResponse {
  return typeof (response as Partial<ServerResponse>).writeHead === 'function';
}
