import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogue, type MetricDefinition } from '../../lib/metrics/index.js';
import { unitWordsOf } from '../../lib/metrics/definition/units.js';
import { otelName, otelUnit } from '../../lib/exporters/otlp/encoding/otel-names.format.js';
import { promtool } from './promtool.js';

const ROOT = new URL('../../', import.meta.url);
const DEPLOY = new URL('deploy/', ROOT);
const read = (file: string) => readFileSync(new URL(file, DEPLOY), 'utf8');

const text = v.pipe(v.string(), v.nonEmpty());
const texts = v.pipe(v.array(text), v.minLength(1));
const scalar = v.union([v.string(), v.number(), v.boolean()]);
const duration = v.pipe(v.string(), v.regex(/^\d+s$/));

/** The fields of https://github.com/compose-spec/compose-spec that are used, and no other: `version` is obsolete. */
const compose = v.strictObject({
  name: text,
  services: v.record(
    text,
    v.strictObject({
      image: v.optional(v.pipe(text, v.regex(/^[a-z./-]+:v?\d+\.\d+\.\d+$/, 'a pinned tag'))),
      build: v.optional(v.strictObject({ context: text, dockerfile: text })),
      command: v.optional(texts),
      environment: v.optional(v.record(text, scalar)),
      ports: v.optional(
        v.array(v.pipe(text, v.regex(/^127\.0\.0\.1:\d+:\d+$/, 'this machine only'))),
      ),
      volumes: v.optional(texts),
      restart: v.literal('unless-stopped'),
      stop_grace_period: v.optional(duration),
      healthcheck: v.optional(
        v.strictObject({
          test: texts,
          interval: duration,
          timeout: duration,
          retries: v.number(),
          start_period: v.optional(duration),
        }),
      ),
      depends_on: v.optional(
        v.record(
          text,
          v.strictObject({ condition: v.picklist(['service_started', 'service_healthy']) }),
        ),
      ),
    }),
  ),
  volumes: v.record(text, v.strictObject({})),
});

describe('deploy/compose.yaml', () => {
  const file = v.parse(compose, parse(read('compose.yaml')));
  const services = Object.entries(file.services);

  it('The compose file has the services of the guide, each an image or a build', () => {
    expect(services.map(([name]) => name)).toEqual([
      'shop',
      'collector',
      'prometheus',
      'alertmanager',
      'grafana',
      'jaeger',
    ]);
    for (const [, it] of services) expect([it.image, it.build].filter(Boolean)).toHaveLength(1);
  });

  it('The compose file checks the health of every service whose image has a program for it', () => {
    const unchecked = services.filter(([, it]) => it.healthcheck === undefined);
    // The images of the Collector and of Jaeger contain one program.
    expect(unchecked.map(([name]) => name)).toEqual(['collector', 'jaeger']);
  });

  it('The compose file waits only for services that exist, and for health only where it is checked', () => {
    for (const [, { depends_on = {} }] of services)
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(file.services).toHaveProperty(name);
        if (condition === 'service_healthy')
          expect(file.services[name]).toHaveProperty('healthcheck.test');
      }
  });

  it('The compose file uses each port once', () => {
    const ports = services.flatMap(([, it]) => (it.ports ?? []).map((port) => port.split(':')[1]));
    expect(ports).toEqual([...new Set(ports)]);
  });

  it('The compose file mounts what the repository has, and declares its volumes', () => {
    const sources = services.flatMap(([, it]) =>
      (it.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''),
    );
    const folders = sources.filter((it) => it.startsWith('./') && it !== './alertmanager');
    expect(folders.filter((it) => !existsSync(new URL(it, DEPLOY)))).toEqual([]);
    const named = sources.filter((it) => !it.startsWith('./'));
    expect(named.toSorted()).toEqual(Object.keys(file.volumes).toSorted());
    const { build } = file.services['shop'] ?? {};
    expect(existsSync(new URL(`${build?.context}/${build?.dockerfile}`, DEPLOY))).toBe(true);
  });

  it('The addresses in the files of the compose file are those of its services', () => {
    const files = ['prometheus/prometheus.yml', 'collector/config.yaml'];
    const sources = [...files, 'grafana/provisioning/datasources/datasources.yaml', 'compose.yaml'];
    const addresses = sources.flatMap((it) => [
      ...read(it).matchAll(/(?:http:\/\/|targets: \['|endpoint: ')([a-z]+):\d+/g),
    ]);
    const hosts = new Set(addresses.map(([, host = '']) => host));
    expect(hosts.size).toBeGreaterThan(5);
    for (const it of hosts) expect([...Object.keys(file.services), 'localhost']).toContain(it);
  });
});

describe('the Dockerfile of the shop', () => {
  const dockerfile = readFileSync(new URL('sample/02-shop/Dockerfile', ROOT), 'utf8');

  it('The Dockerfile of the shop copies what exists before the build', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, it = '']) =>
      it.split(' '),
    );
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.filter((it) => !existsSync(new URL(it, ROOT)))).toEqual([]);
  });

  it('The Dockerfile of the shop knows every workspace, because npm ci needs all of them', () => {
    const samples = readdirSync(new URL('sample/', ROOT), { withFileTypes: true });
    const workspaces = samples.filter((it) => it.isDirectory());
    expect(workspaces.length).toBeGreaterThanOrEqual(3);
    for (const { name } of workspaces) expect(dockerfile).toContain(`sample/${name}/package.json`);
  });

  it('The Dockerfile of the shop runs Node.js as a user without rights, so that signals arrive', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "dist\/main\.js"\]$/m);
  });
});

describe('deploy/prometheus', () => {
  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)('The configuration of Prometheus is one for promtool', () => {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    cpSync(fileURLToPath(new URL('prometheus', DEPLOY)), folder, { recursive: true });
    const rules = join(folder, 'rules.yaml');
    if (!existsSync(rules)) writeFileSync(rules, 'groups: []\n');
    const config = join(folder, 'prometheus.yml');
    const said = execFileSync(promtool as string, ['check', 'config', config], {
      encoding: 'utf8',
    });
    expect(said).toContain('is valid prometheus config file syntax');
    rmSync(folder, { recursive: true });
  });
});

describe('deploy/collector', () => {
  const { processors } = parse(read('collector/config.yaml')) as {
    processors: { metricstransform: { transforms: { include: string; new_name: string }[] } };
  };
  const renamed = new Map(
    processors.metricstransform.transforms.map((it) => [it.include, it.new_name]),
  );

  it('The Collector gives Prometheus every metric under the name of the page', () => {
    for (const metric of catalogue.flatMap((domain) => domain.metrics)) {
      const sent = otelName(metric);
      expect(inPrometheus(renamed.get(sent) ?? sent, metric), sent).toBe(metric.name);
    }
  });
});

/** The name that an exporter for Prometheus makes of an OTLP metric: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ */
function inPrometheus(name: string, metric: MetricDefinition): string {
  const words = name.replaceAll('.', '_');
  const unit = metric.unit === 'ratio' ? 'ratio' : unitWordsOf(otelUnit(metric));
  const main = words.replace(/_total$/, '');
  const withUnit = unit === '' || main.split('_').includes(unit) ? main : `${main}_${unit}`;
  return metric.type === 'counter' ? `${withUnit}_total` : withUnit;
}

describe('deploy/grafana', () => {
  const sources = parse(read('grafana/provisioning/datasources/datasources.yaml')) as {
    datasources: {
      uid: string;
      type: string;
      isDefault?: boolean;
      jsonData?: Record<string, unknown>;
    }[];
  };

  it('The data source of Prometheus knows the scrape interval and where exemplars lead', () => {
    const [prometheus] = sources.datasources.filter(({ type }) => type === 'prometheus');
    const { global } = parse(read('prometheus/prometheus.yml')) as {
      global: { scrape_interval: string };
    };
    expect(prometheus?.isDefault).toBe(true);
    expect(prometheus?.jsonData?.['timeInterval']).toBe(global.scrape_interval);
    const destinations = prometheus?.jsonData?.['exemplarTraceIdDestinations'];
    const uids = sources.datasources.map(({ uid }) => uid);
    expect(destinations).toEqual([{ name: 'trace_id', datasourceUid: expect.toBeOneOf(uids) }]);
  });

  it('The boards are where the provider of dashboards looks for them', () => {
    const { providers } = parse(read('grafana/provisioning/dashboards/dashboards.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const [{ options } = { options: { path: '' } }] = providers;
    expect(read('compose.yaml')).toContain(`./grafana/dashboards:${options.path}:ro`);
    expect(read('compose.yaml')).toContain(`${options.path}/overview.json`);
  });
});
