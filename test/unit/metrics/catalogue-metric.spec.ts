import { describe, expect, it } from 'vitest';
import {
  type CatalogueMetric,
  definitionOf,
  openLabelsOf,
} from '../../../lib/metrics/catalogue/catalogue-metric.js';
import { catalogue, catalogueMetrics } from '../../../lib/metrics/catalogue/catalogue.js';

const metric = {
  name: 'eventcore_jobs_total',
  type: 'counter',
  help: 'Jobs that finished.',
  absentWhen: 'No job has finished.',
} as const;

describe('a metric of the catalogue', () => {
  it('A metric of the catalogue does not compile when a label has no origin of its values', () => {
    const accepted: CatalogueMetric = { ...metric, labels: { queue: 'open', outcome: 'closed' } };
    // @ts-expect-error A list of names does not say which values are open.
    const listed: CatalogueMetric = { ...metric, labels: ['queue'] };
    // @ts-expect-error Neither open nor closed.
    const unclassified: CatalogueMetric = { ...metric, labels: { queue: undefined } };
    const { name, type, help } = metric;
    // @ts-expect-error No reason for a metric that shows nothing.
    const unexplained: CatalogueMetric = { name, type, help };
    expect([accepted, listed, unclassified, unexplained]).toHaveLength(4);
  });

  it('A metric of the catalogue has a definition that holds nothing but the definition', () => {
    const labels = { queue: 'open', outcome: 'closed' } as const;
    expect(definitionOf({ ...metric, labels, needs: ['handler'], zeroWhen: 'x' })).toEqual({
      name: 'eventcore_jobs_total',
      type: 'counter',
      help: 'Jobs that finished.',
      labels: ['queue', 'outcome'],
    });
    expect(openLabelsOf({ ...metric, labels })).toEqual(['queue']);
  });

  it('A metric of the catalogue keeps room for closed labels whatever the series limit is', () => {
    expect(definitionOf({ ...metric, labels: { outcome: 'closed' } }).seriesLimit).toBe(1000);
    expect(definitionOf({ ...metric, labels: { queue: 'open' } }).seriesLimit).toBeUndefined();
  });

  it('A metric of the catalogue is listed in the public catalogue under the same name and in the same order', () => {
    const listed = catalogue.flatMap((it) => it.metrics).map((it) => it.name);
    expect(listed).toEqual(catalogueMetrics.map((it) => it.name));
  });

  it('The catalogue has at least 100 metrics with names of their own', () => {
    const names = catalogueMetrics.map((it) => it.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(100);
  });

  it.each(catalogueMetrics.map((it) => [it.name, it] as const))(
    'The metric %s states why it is absent in whole sentences',
    (_name, { absentWhen, zeroWhen = absentWhen }) => {
      for (const it of [absentWhen, zeroWhen]) expect(it).toMatch(/^[A-Z].*[.?]$|: see .*\.$/);
    },
  );
});
