import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { recipeNames, recipeText, recipeYaml } from './log-recipes.js';
import {
  alloyBlocks,
  collectorKeys,
  fluentBitKeys,
  fluentdKeys,
  vectorKeys,
} from './log-shipper-keys.js';

const record = v.record(v.string(), v.unknown());
type Members = v.InferOutput<typeof record>;
const named = v.looseObject({ name: v.string() });
const typed = v.looseObject({ type: v.string() });

/** Keys of one part of a recipe that the program does not know. */
const unknownKeys = (known: ReadonlySet<string> | undefined, part: Members): string[] =>
  Object.keys(part).filter((it) => known?.has(it) !== true);

describe('the recipes that ship log lines', () => {
  it('The folder deploy/logging has a recipe for each documented shipper, and its README names them', () => {
    expect(recipeNames()).toEqual([
      'collector.yaml',
      'config.alloy',
      'fluent-bit.yaml',
      'fluentd.conf',
      'rsyslog.conf',
      'vector.yaml',
    ]);
    for (const name of recipeNames()) expect(recipeText('README.md')).toContain(name);
  });

  it('The recipe for Fluent Bit has only keys that its reference documents', () => {
    const { service, parsers, pipeline } = v.parse(
      v.strictObject({
        service: record,
        parsers: v.array(named),
        pipeline: v.strictObject({
          inputs: v.array(named),
          filters: v.array(named),
          outputs: v.array(named),
        }),
      }),
      recipeYaml('fluent-bit.yaml'),
    );
    expect(unknownKeys(fluentBitKeys['service'], service)).toEqual([]);
    for (const it of parsers) expect(unknownKeys(fluentBitKeys['parsers'], it)).toEqual([]);
    for (const part of Object.values(pipeline).flat()) {
      expect(unknownKeys(fluentBitKeys[part.name], part), part.name).toEqual([]);
    }
    const [filter] = pipeline.filters;
    expect(parsers.map(({ name }) => name)).toContain(filter?.['parser']);
    const tags = pipeline.inputs.map((it) => it['tag']);
    for (const it of [...pipeline.filters, ...pipeline.outputs]) {
      expect(tags).toContain(it['match']);
    }
  });

  it('The recipe for Fluentd closes each section and has only parameters that its reference documents', () => {
    const open: string[] = [];
    for (const line of recipeText('fluentd.conf')
      .split('\n')
      .map((it) => it.trim())) {
      const [, slash, section] = /^<(\/?)(\w+)/.exec(line) ?? [];
      if (section !== undefined && slash === '/') expect(open.pop()).toBe(section);
      else if (section !== undefined) open.push(section);
      else if (line !== '' && !line.startsWith('#')) {
        expect(fluentdKeys).toContain(line.split(' ')[0]);
      }
    }
    expect(open).toEqual([]);
  });

  it('The recipe for Vector has only options that its reference documents, and connects its components', () => {
    const parts = v.record(v.string(), typed);
    const { sources, transforms, sinks } = v.parse(
      v.strictObject({ data_dir: v.string(), sources: parts, transforms: parts, sinks: parts }),
      recipeYaml('vector.yaml'),
    );
    const outputs = Object.keys({ ...sources, ...transforms });
    for (const part of [sources, transforms, sinks].flatMap((it) => Object.values(it))) {
      expect(unknownKeys(vectorKeys[part.type], part), part.type).toEqual([]);
      for (const input of (part['inputs'] ?? []) as string[]) expect(outputs).toContain(input);
    }
  });

  it('The recipe for Alloy has only blocks and arguments that its reference documents, and connects its components', () => {
    const open: string[] = [];
    const labels = new Set<string>();
    for (const line of recipeText('config.alloy')
      .split('\n')
      .map((it) => it.trim())) {
      const [, block, label] = /^([\w.]+)(?: "(\w+)")? \{$/.exec(line) ?? [];
      const [, argument, brace] = /^(\w+)\s*= .*?(\{?)$/.exec(line) ?? [];
      if (block !== undefined) {
        expect(alloyBlocks).toHaveProperty([block]);
        if (label !== undefined) labels.add(`${block}.${label}`);
        open.push(block);
      } else if (argument !== undefined) {
        const known = alloyBlocks[open.at(-1) as string];
        if (known !== undefined) expect(known).toContain(argument);
        if (brace === '{') open.push('');
      } else if (line === '}' || line === '},') open.pop();
    }
    expect(open).toEqual([]);
    const used = recipeText('config.alloy').matchAll(
      /(?:forward_to|targets)\s*= \[?([\w.]+)\.(?:receiver|targets)/g,
    );
    for (const [, component] of used) expect(labels).toContain(component);
  });

  it('The recipe for the Collector has only settings that its reference documents, and uses each component', () => {
    const parts = v.record(v.string(), record);
    const { extensions, receivers, exporters, service } = v.parse(
      v.strictObject({
        extensions: parts,
        receivers: parts,
        exporters: parts,
        service: v.strictObject({
          extensions: v.array(v.string()),
          pipelines: v.strictObject({
            logs: v.strictObject({
              receivers: v.array(v.string()),
              exporters: v.array(v.string()),
            }),
          }),
        }),
      }),
      recipeYaml('collector.yaml'),
    );
    for (const [name, part] of Object.entries({ ...extensions, ...receivers, ...exporters })) {
      expect(unknownKeys(collectorKeys[name], part), name).toEqual([]);
    }
    for (const it of v.parse(v.array(typed), receivers['filelog']?.['operators'])) {
      expect(unknownKeys(collectorKeys[it.type], it), it.type).toEqual([]);
    }
    expect(service.extensions).toEqual(Object.keys(extensions));
    expect(service.pipelines.logs.receivers).toEqual(Object.keys(receivers));
    expect(service.pipelines.logs.exporters).toEqual(Object.keys(exporters));
  });
});
