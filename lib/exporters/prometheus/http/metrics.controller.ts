import { Controller, Get, Inject, Res, VERSION_NEUTRAL } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { PlatformResponse } from '../../../kernel/platform-response.js';
import { PrometheusExporter } from '../prometheus.exporter.js';
import { answerScrape, type ScrapeAnswer } from './scrape-answer.js';

/**
 * Serves the metrics. To add guards or decorators to the endpoint, extend it and pass your class as
 * `prometheus.controller`.
 */
@Controller({ path: 'metrics', version: VERSION_NEUTRAL })
export class MetricsController {
  readonly #exporter: PrometheusExporter;

  constructor(@Inject(PrometheusExporter) exporter: PrometheusExporter) {
    this.#exporter = exporter;
  }

  /**
   * Answers a scrape in the requested format, text 0.0.4 or OpenMetrics 1.0.0, compressed if the
   * request accepts gzip. Answers 500 with a reason when a collector fails.
   */
  @Get()
  async metrics(@Res() response: PlatformResponse): Promise<void> {
    const request = response.req ?? response.request;
    const answer = await answerScrape(this.#exporter, request?.headers ?? {});
    // Sent here and not returned, because a global interceptor that wraps results must not wrap it.
    response.status(answer.status);
    for (const [name, value] of Object.entries(answer.headers)) {
      // Keeps the entries of `Vary` that earlier handlers have set.
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

/**
 * Returns true for a response of Node. Express's own `send` computes a digest of the body, which
 * blocks the event loop for a large body.
 */
function isNodeResponse(response: object): response is ServerResponse {
  return typeof (response as Partial<ServerResponse>).writeHead === 'function';
}
