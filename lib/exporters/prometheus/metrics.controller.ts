import { Controller, Get, Inject, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { PrometheusExporter } from './prometheus.exporter.js';
import { TEXT_CONTENT_TYPE } from './prometheus-text.format.js';
import { answerScrape } from './scrape-answer.js';

/** A response of Express or Fastify: what both have. */
export interface PlatformResponse {
  /** Sets the status code. */
  status(code: number): this;
  /** Sets a header. */
  header(name: string, value: string): this;
  /** Ends the response with a body. */
  send(body: unknown): unknown;
}

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

  /** Answers a scrape; 500 with a reason when a collector fails. */
  @Get()
  async metrics(@Res() response: PlatformResponse): Promise<void> {
    const { status, body } = await answerScrape(this.#exporter);
    // Sent here rather than returned: a global interceptor that wraps results must not wrap this one.
    response.status(status).header('Content-Type', TEXT_CONTENT_TYPE).send(body);
  }
}
