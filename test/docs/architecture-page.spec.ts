import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rooms } from '../../scripts/rooms.mjs';
import { ROOT } from './public-declarations.js';

const page = readFileSync(`${ROOT}docs/architecture.md`, 'utf8');

/** Ways to reach what belongs to the process, each a text in a source. */
const PROCESS_WIDE =
  /\bprocess\.(?:on|once|prependListener|emitWarning)\(|\bcluster\.on\(|from 'node:diagnostics_channel'|globalThis as|new PerformanceObserver\(|promiseHooks\.|globalAgent:|\.setGlobal(?!Prefix)/;

/** Ways to change objects that others made. */
const CHANGES =
  /\b(?:Object|Reflect)\.definePropert(?:y|ies)\(|removeAllListeners\(|\.prependListener\(/;

/** Files that change nothing but objects that the library has made. */
const OWN_OBJECTS = [
  // The classes of its own controllers and the functions that it has made.
  'lib/health/health.controller.ts',
  'lib/integrations/cqrs/saga-events.ts',
  'lib/module/endpoints/endpoint-controller.ts',
  'lib/module/module-definition.ts',
  'lib/pipelines/step.ts',
];

const sourcesWith = (pattern: RegExp) =>
  readdirSync(`${ROOT}lib`, { recursive: true, encoding: 'utf8' })
    .map((it) => `lib/${it.replaceAll('\\', '/')}`)
    .filter((it) => it.endsWith('.ts'))
    .filter((it) => pattern.test(codeOf(readFileSync(`${ROOT}${it}`, 'utf8'))))
    .toSorted();

/** A source without its comments. */
const codeOf = (source: string) =>
  source.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

describe('the page about the architecture', () => {
  it('The page about the architecture names no file that does not exist', () => {
    const named = [...page.matchAll(/`((?:lib|test|scripts)\/[\w./-]+)`/g)].map(([, it]) => it);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((it) => !existsSync(`${ROOT}${it}`))).toEqual([]);
  });

  it('The picture of the architecture shows every room', () => {
    const [picture = ''] = /```mermaid\n[^]*?```/.exec(page) ?? [];
    const missing = rooms.filter(
      ({ room }) => !new RegExp(`[[; ]${room.split('/').at(-1)}[\\]:, ]`).test(picture),
    );
    expect(missing.map(({ room }) => room)).toEqual([]);
  });

  it('The page about the architecture lists every source that uses what belongs to the process', () => {
    const sources = sourcesWith(PROCESS_WIDE);
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((it) => !page.includes(`\`${it}\``))).toEqual([]);
  });

  it('The page about the architecture lists every source that changes objects of others', () => {
    const sources = sourcesWith(CHANGES);
    expect(sources.length).toBeGreaterThan(5);
    const unlisted = sources.filter((it) => !page.includes(`\`${it}\``));
    expect(unlisted).toEqual(OWN_OBJECTS);
  });
});
