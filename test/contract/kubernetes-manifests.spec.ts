import { readdirSync, readFileSync } from 'node:fs';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { healthPaths } from '../../lib/health/health.controller.js';

const FOLDER = new URL('../../deploy/kubernetes/', import.meta.url);
// The defaults that the manifests leave as they are, in seconds.
const DRAIN_TIMEOUT = 10;
const FLUSH_TIMEOUT = 2;
const TELEMETRY_TIMEOUT = 5;

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const labels = v.record(v.pipe(v.string(), v.regex(/^[a-z0-9./-]+$/)), text);
const metadata = v.strictObject({ name: text, labels });
const selector = v.strictObject({ matchLabels: labels });
const quantity = v.pipe(v.string(), v.regex(/^\d+(?:m|Mi|Gi)?$/));
const probe = v.strictObject({
  httpGet: v.strictObject({ path: text, port: text }),
  periodSeconds: count,
  timeoutSeconds: count,
  failureThreshold: count,
});
const container = v.strictObject({
  name: text,
  image: text,
  command: v.array(text),
  env: v.array(v.strictObject({ name: text, value: text })),
  ports: v.array(v.strictObject({ name: text, containerPort: count })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: v.strictObject({
    preStop: v.strictObject({ exec: v.strictObject({ command: v.array(text) }) }),
  }),
  resources: v.strictObject({
    requests: v.record(v.picklist(['cpu', 'memory']), quantity),
    limits: v.record(v.picklist(['cpu', 'memory']), quantity),
  }),
  securityContext: v.strictObject({
    allowPrivilegeEscalation: v.boolean(),
    readOnlyRootFilesystem: v.boolean(),
    runAsNonRoot: v.boolean(),
    capabilities: v.strictObject({ drop: v.array(text) }),
  }),
});
const kind = <A extends string, K extends string>(apiVersion: A, name: K) => ({
  apiVersion: v.literal(apiVersion),
  kind: v.literal(name),
  metadata,
});

/** The fields of Kubernetes that are used, and no other: one that is misspelt is ignored by the server, not refused. */
const schemas = {
  'deployment.yaml': v.strictObject({
    ...kind('apps/v1', 'Deployment'),
    spec: v.strictObject({
      replicas: count,
      strategy: v.strictObject({
        type: v.literal('RollingUpdate'),
        rollingUpdate: v.strictObject({ maxUnavailable: count, maxSurge: count }),
      }),
      selector,
      template: v.strictObject({
        metadata: v.strictObject({ labels }),
        spec: v.strictObject({
          terminationGracePeriodSeconds: count,
          containers: v.tuple([container]),
        }),
      }),
    }),
  }),
  'service.yaml': v.strictObject({
    ...kind('v1', 'Service'),
    spec: v.strictObject({
      selector: labels,
      ports: v.tuple([v.strictObject({ name: text, port: count, targetPort: text })]),
    }),
  }),
  'service-monitor.yaml': v.strictObject({
    ...kind('monitoring.coreos.com/v1', 'ServiceMonitor'),
    spec: v.strictObject({
      selector,
      endpoints: v.tuple([
        v.strictObject({
          port: text,
          path: text,
          interval: v.pipe(v.string(), v.regex(/^\d+s$/)),
          scrapeTimeout: v.pipe(v.string(), v.regex(/^\d+s$/)),
        }),
      ]),
    }),
  }),
  'pod-disruption-budget.yaml': v.strictObject({
    ...kind('policy/v1', 'PodDisruptionBudget'),
    spec: v.strictObject({ minAvailable: count, selector }),
  }),
};

const parsed = (file: string): unknown => parse(readFileSync(new URL(file, FOLDER), 'utf8'));

function read<F extends keyof typeof schemas>(file: F): v.InferOutput<(typeof schemas)[F]> {
  return v.parse(schemas[file], parsed(file));
}

/** What a test breaks in it. */
interface Breakable {
  readonly spec: {
    replicas: unknown;
    readonly template: { readonly spec: { readonly containers: [{ livenessProbe: object }] } };
  };
}

/** What the schema of Kubernetes itself has against a deployment that is changed. */
function complaintsAbout(change: (manifest: Breakable) => void): string {
  const manifest = parsed('deployment.yaml') as Breakable;
  change(manifest);
  try {
    new Deployment(manifest as never).validate();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the manifests for Kubernetes', () => {
  const { spec } = read('deployment.yaml');
  const [shop] = spec.template.spec.containers;

  it.each([
    ['deployment.yaml', Deployment],
    ['service.yaml', Service],
    ['pod-disruption-budget.yaml', PodDisruptionBudget],
  ])(
    'The manifests for Kubernetes are valid by the schema that Kubernetes publishes: %s',
    (file, model) => {
      const manifest = new model(parsed(file) as never);
      expect(() => manifest.validate()).not.toThrow();
    },
  );

  it('The manifests for Kubernetes would not be valid with a value of another type, or without what is required', () => {
    expect(complaintsAbout(() => undefined)).toBe('');
    expect(complaintsAbout(({ spec }) => (spec.replicas = '2'))).toMatch(
      'replicas must be integer',
    );
    const withoutPort = complaintsAbout(({ spec }) => {
      spec.template.spec.containers[0].livenessProbe = { httpGet: { path: '/health/live' } };
    });
    expect(withoutPort).toMatch('livenessProbe/httpGet must have required property port');
  });

  it('The manifests for Kubernetes are all applied', () => {
    const { resources } = parsed('kustomization.yaml') as { readonly resources: string[] };
    const files = readdirSync(FOLDER).filter((it) => it !== 'kustomization.yaml');
    expect(resources.toSorted()).toEqual(files.toSorted());
    expect(files.toSorted()).toEqual(Object.keys(schemas).toSorted());
  });

  it('The manifests for Kubernetes select the pods of the deployment', () => {
    const { labels: pod } = spec.template.metadata;
    const service = read('service.yaml');
    expect(spec.selector.matchLabels).toEqual(pod);
    expect(service.spec.selector).toEqual(pod);
    expect(read('pod-disruption-budget.yaml').spec.selector.matchLabels).toEqual(pod);
    expect(read('service-monitor.yaml').spec.selector.matchLabels).toEqual(service.metadata.labels);
  });

  it('The manifests for Kubernetes name ports that there are', () => {
    const names = shop.ports.map(({ name }) => name);
    const [port] = read('service.yaml').spec.ports;
    const [endpoint] = read('service-monitor.yaml').spec.endpoints;
    expect(names).toContain(port.targetPort);
    expect(endpoint.port).toBe(port.name);
    expect(Number.parseInt(endpoint.scrapeTimeout, 10)).toBeLessThanOrEqual(
      Number.parseInt(endpoint.interval, 10),
    );
    const { env } = shop;
    expect(env.find(({ name }) => name === 'PORT')?.value).toBe(
      String(shop.ports[0]?.containerPort),
    );
  });

  it('The manifests for Kubernetes probe paths that the library serves, each for its purpose', () => {
    const served = healthPaths({ path: '/health', aliases: true, groups: [] });
    const probes = {
      startup: shop.startupProbe,
      live: shop.livenessProbe,
      ready: shop.readinessProbe,
    };
    for (const [group, { httpGet }] of Object.entries(probes)) {
      expect(httpGet).toEqual({ path: `/health/${group}`, port: shop.ports[0]?.name });
      expect(served).toContain(httpGet.path);
    }
  });

  it('The manifests for Kubernetes grant more time than the waits of a shutdown add up to', () => {
    const preStop = Number(/(\d+)\)$/.exec(shop.lifecycle.preStop.exec.command.at(-1) ?? '')?.[1]);
    const delay = Number(shop.env.find(({ name }) => name === 'READINESS_DELAY_MS')?.value);
    const seconds = (preStop + delay) / 1000 + DRAIN_TIMEOUT + FLUSH_TIMEOUT + TELEMETRY_TIMEOUT;
    expect(seconds).toBe(27);
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds + 10);
    // Long enough for the probe to have seen it.
    const { periodSeconds, failureThreshold } = shop.readinessProbe;
    expect(delay / 1000).toBeGreaterThan(periodSeconds * failureThreshold);
  });

  it('The manifests for Kubernetes keep a pod in service through updates and evictions', () => {
    expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    const { minAvailable } = read('pod-disruption-budget.yaml').spec;
    expect(minAvailable).toBeGreaterThan(0);
    expect(minAvailable).toBeLessThan(spec.replicas);
  });
});
