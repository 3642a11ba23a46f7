import { parseTextFormat } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import type { RunningApplication } from '../module/running-application.js';

/** The HTTP series of a scrape, such as `GET /orders/:id 200`, with their values. */
export async function httpSeries({ service }: RunningApplication) {
  const families = parseTextFormat(await service.gather());
  const valuesOf = (family: string, sample: string) =>
    Object.fromEntries(
      (families.get(`eventcore_${family}`)?.samples ?? [])
        .filter(({ name }) => name === `eventcore_${sample}`)
        .map(({ labels, value }) => [
          [labels['method'], labels['endpoint'], labels['status']].filter(Boolean).join(' '),
          value,
        ]),
    );
  return {
    requests: valuesOf('api_requests_total', 'api_requests_total'),
    durations: valuesOf('request_duration_seconds', 'request_duration_seconds_count'),
    seconds: valuesOf('request_duration_seconds', 'request_duration_seconds_sum'),
    concurrent: valuesOf('requests_concurrent', 'requests_concurrent'),
  };
}

/** Waits until nothing is in flight: an answer reaches the client a little before the server is done with it. */
export async function settledSeries(application: RunningApplication, requests: number) {
  return poll(
    async () => {
      const series = await httpSeries(application);
      const sum = (values: object) => Object.values(values).reduce((a: number, b) => a + b, 0);
      const isSettled = sum(series.concurrent) === 0 && sum(series.requests) >= requests;
      return isSettled ? series : undefined;
    },
    { what: `${requests} requests that ended`, timeoutMs: 5000 },
  );
}
