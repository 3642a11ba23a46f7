import { readFileSync } from 'node:fs';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { DCLinter } from 'dclint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type AlertOptions, prometheusRuleResource } from '../../lib/alerting/index.js';

const DEPLOY = new URL('../../deploy/', import.meta.url);
const orders = { name: 'orders', kind: 'availability', objective: 99.9 } as const;

describe('the resource PrometheusRule', () => {
  it.each<[string, AlertOptions]>([
    ['with the defaults', {}],
    ['in another namespace', { namespace: 'shop' }],
    ['of a selector with objectives', { selector: 'job="shop"', slos: [orders] }],
    ['with addresses of runbooks', { runbookUrl: 'https://runbooks.example.org' }],
  ])('Is what the operator accepts %s', (_what, options) => {
    const resource = prometheusRuleResource(options);
    expect(() => new PrometheusRule(resource as never).validate()).not.toThrow();
  });

  it('Is refused by the validator with a field that the operator does not have', () => {
    const resource = structuredClone(prometheusRuleResource()) as { spec: object };
    const broken = { ...resource, spec: { ...resource.spec, groups: [{ rules: [] }] } };
    expect(() => new PrometheusRule(broken as never).validate()).toThrow(/name/);
  });
});

describe('the file compose.yaml', () => {
  // The rules of style that are off order keys and quote values in a way of their own.
  const linter = new DCLinter({
    rules: {
      'service-keys-order': 0,
      'services-alphabetical-order': 0,
      'no-quotes-in-volumes': 0,
      'top-level-properties-order': 0,
    },
    quiet: false,
    debug: false,
    exclude: [],
  } as never);

  it('Fits the schema of compose files and the rules for them', () => {
    const found = linter.lintFiles([new URL('compose.yaml', DEPLOY).pathname], false) as readonly {
      readonly messages: readonly { readonly line: number; readonly message: string }[];
    }[];
    expect(found.flatMap(({ messages }) => messages.map((it) => [it.line, it.message]))).toEqual(
      [],
    );
  });

  it('Mounts files that exist and names images with a version', () => {
    const { services } = parse(readFileSync(new URL('compose.yaml', DEPLOY), 'utf8')) as {
      services: Record<string, { image?: string; build?: unknown; volumes?: string[] }>;
    };
    for (const [name, { image, build, volumes = [] }] of Object.entries(services)) {
      if (build === undefined)
        expect([name, image]).toEqual([name, expect.stringMatching(/:v?\d/)]);
      for (const it of volumes) {
        const [source = ''] = it.split(':');
        if (!source.startsWith('.')) continue;
        expect(() => readFileSync(new URL(source, DEPLOY))).not.toThrow(/ENOENT/);
      }
    }
  });
});
