import { EndpointListener, type EndpointRoute, type ListenerAddress } from './endpoint-listener.js';
import type { PrometheusExporter } from '../prometheus.exporter.js';
import { answerScrape } from './scrape-answer.js';

/** Returns the route of the metrics on a separate port. */
export function scrapeRoute(exporter: PrometheusExporter): EndpointRoute {
  return async (request, response) => {
    const { status, headers, pieces } = await answerScrape(exporter, request.headers);
    response.writeHead(status, headers);
    exporter.delivery.send(pieces, response);
  };
}

/** Serves the metrics on a separate port. */
export class MetricsListener extends EndpointListener {
  constructor(
    exporter: PrometheusExporter,
    { path, ...address }: ListenerAddress & { readonly path: string },
  ) {
    const routes = new Map([[path, scrapeRoute(exporter)]]);
    super(address, { routes, option: 'prometheus.port' });
  }
}
