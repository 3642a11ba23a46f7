import { group, list, option } from '../options/description.js';
import { bucketBounds, flag, matching, OFF } from '../options/standard-options.js';

/**
 * Options for HTTP request metrics. The label `endpoint` is the route template, never the path: of the
 * route that answered or to which a refused body was sent, or of the path to which a middleware that
 * answered is bound. `unmatched` stands for an unknown path, and for middleware without a path.
 */
export interface HttpMetricsOptions {
  /**
   * Endpoints without metrics: route templates with the global prefix, or all paths below one, as
   * in `/internal/*`. The library's own endpoints are always excluded. @defaultValue none
   */
  readonly exclude?: readonly string[];
  /** Upper bounds of `request_duration_seconds` in seconds, above 0 and ascending. @defaultValue 1 ms to 10 s */
  readonly buckets?: readonly number[];
  /**
   * Measures polls of Engine.IO, the transport of socket.io, as endpoint `engine.io`. A poll lasts until
   * there is a message, so its duration says nothing about the application. @defaultValue false
   */
  readonly polls?: boolean;
}

const TEMPLATE = /^\/(?:[^\s?#*]*|(?:[^\s?#*]*\/)?\*)$/;
const templateRemedy = "Pass something like ['/orders/:id', '/internal/*'].";

/** Description of {@link HttpMetricsOptions}. */
export const httpMetricsOptions = group<HttpMetricsOptions>(
  {
    exclude: list(
      option(matching(TEMPLATE), {
        rule: 'a route template that begins with / and has a * only as its last segment',
        remedy: templateRemedy,
      }),
      { rule: 'an array of route templates', remedy: templateRemedy },
    ),
    buckets: bucketBounds(
      (it) => it > 0,
      'at least one bound, finite, above 0 and ascending, in seconds',
    ),
    polls: flag(),
  },
  {
    rule: 'an object or false',
    remedy: 'Pass options of the metrics, or false for none.',
    or: OFF,
  },
);
