import * as v from 'valibot';
import { randomUUID } from 'node:crypto';
import { assertOptions } from '../../options/assert-options.js';
import { group, option, type OptionDescription } from '../../options/description.js';
import { flag, oneOf } from '../../options/standard-options.js';
import { bulkEncoder, indexName, indexTemplate, readBulk } from './elasticsearch-bulk.format.js';
import type { LogSink, SinkHost } from './log-sink.js';
import type { ShipRequest } from './network/http-transport.js';
import {
  credentials,
  openShipper,
  receiverOf,
  receiverUrl,
  type ShippingOptions,
  shippingMembers,
  type SinkAuth,
} from './network/ship-options.js';
import type { ShipFormat } from './network/verdict.js';

/** Options of {@link elasticsearchSink}. */
export interface ElasticsearchSinkOptions extends ShippingOptions {
  /** Address of Elasticsearch or OpenSearch; `/_bulk` is appended. */
  readonly url: string;
  /**
   * Name of the index or data stream. `{date}` (`2026.11.29`) and `{month}` stand for the day and month of the line in
   * UTC, `{service}` and `{environment}` for the options of the module.
   *
   * @defaultValue '{service}-logs-{date}'
   */
  readonly index?: string;
  /** Credentials; a user in `url` works as well. @defaultValue none */
  readonly auth?: SinkAuth;
  /** Format of the documents. `json` has `@timestamp` and `service` in addition. @defaultValue 'json' */
  readonly format?: 'json' | 'ecs';
  /**
   * Puts an index template before the first lines: `fields`, `span` and `labels` are `flattened`, so that a field has no
   * mapping of its own and no type that another line could break. Needs the privilege `manage_index_templates`.
   *
   * @defaultValue false
   */
  readonly template?: boolean;
}

const DEFAULT_INDEX = '{service}-logs-{date}';
const NAMES = ['date', 'month', 'service', 'environment'];
const LONGEST_INDEX = 200;
const BULK = '/_bulk';
const TEMPLATE = 'eventcore-logs';

/** Description of the options of {@link elasticsearchSink}. The reference of options reads it. @public */
export const elasticsearchSinkOptions: OptionDescription = group<ElasticsearchSinkOptions>({
  url: receiverUrl('https://elasticsearch:9200'),
  index: option(v.pipe(v.string(), v.maxLength(LONGEST_INDEX), v.check(isIndex)), {
    rule: `the name of an index in lower case, with ${NAMES.map((it) => `{${it}}`).join(', ')} as placeholders`,
    remedy: `Pass something like '${DEFAULT_INDEX}'.`,
  }),
  auth: credentials(),
  format: oneOf(['json', 'ecs']),
  template: flag(),
  ...shippingMembers,
});

/** Source: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create */
function isIndex(value: string): boolean {
  const name = NAMES.reduce((text, it) => text.replaceAll(`{${it}}`, 'x'), value);
  return /^(?![-_+.])[^\s\\/*?"<>|,#:{}\p{Lu}]+$/u.test(name) && name.isWellFormed();
}

/**
 * Sink that sends lines to Elasticsearch in bulk requests. Each line has an id of its own, so that a request that is sent
 * again adds no line twice.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { consoleSink, elasticsearchSink, logging } from '@eventcore/nestjs-observability/logging';
 *
 * export const logs = logging({
 *   sinks: [
 *     consoleSink(),
 *     elasticsearchSink({
 *       url: 'https://elasticsearch:9200',
 *       auth: { apiKey: process.env['ELASTIC_API_KEY'] ?? '' },
 *       template: true,
 *     }),
 *   ],
 * });
 * ```
 */
export function elasticsearchSink(options: ElasticsearchSinkOptions): LogSink {
  assertOptions('elasticsearchSink()', elasticsearchSinkOptions, options);
  return {
    name: 'elasticsearch',
    level: options.level,
    isRemote: true,
    open: (host) =>
      openShipper('elasticsearch', options, { host, format: bulkFormat(options, host) }),
  };
}

function bulkFormat(options: ElasticsearchSinkOptions, host: SinkHost): ShipFormat {
  const { index = DEFAULT_INDEX, format = 'json', template = false } = options;
  const { url, headers } = receiverOf(options.url, BULK, options);
  const lineFormat = host.formats.of(format);
  const settings = { index, service: host.service, idPrefix: randomUUID().slice(0, 18) };
  const encode = bulkEncoder({ ...settings, line: (it) => host.formats.line(it, lineFormat) });
  return {
    request: (lines) => ({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-ndjson', ...headers },
      body: encode(lines),
    }),
    read: readBulk,
    get preparation() {
      return template ? templateRequest({ index, format, host }, { url, headers }) : undefined;
    },
  };
}

interface Templated {
  readonly index: string;
  readonly format: 'json' | 'ecs';
  readonly host: SinkHost;
}

function templateRequest(
  { index, format, host }: Templated,
  { url, headers }: Pick<ShipRequest, 'url' | 'headers'>,
): ShipRequest {
  const { service } = host;
  const timeless = (time: string) => indexName({ index: withoutTime(index, time), service }, '');
  const name = timeless('').replace(/[-_.]+$/, '') || TEMPLATE;
  const address = new URL(url);
  const path = address.pathname.slice(0, -BULK.length);
  address.pathname = `${path}/_index_template/${encodeURIComponent(name)}`;
  return {
    method: 'PUT',
    url: address.href,
    headers: { 'content-type': 'application/json', ...headers },
    body: indexTemplate(timeless('*'), format),
  };
}

function withoutTime(index: string, by: string): string {
  return index.replaceAll(/\{(?:date|month)\}/g, by);
}
