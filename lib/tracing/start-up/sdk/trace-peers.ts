import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ConfigurationError } from '../../../kernel/configuration-error.js';
import {
  dependenciesOf,
  exporterPackage,
  GRPC,
  type ImportPackage,
  type RequireDependency,
} from '../../../otlp/exporter-package.js';
import type { ExporterPlan } from '../options/exporter-plan.js';
import type { TelemetryPlan } from '../options/telemetry-plan.js';
import { importGrpc, importTracePeer } from './peer-imports.js';
import {
  ofSdkTrace,
  ofSdkTraceBase,
  type SdkTraceBaseModule,
  type SdkTraceModule,
  type TraceSdk,
} from './trace-sdk.js';

/** Exporter package. It exports one class, whose name depends on the package. */
export type ExporterModule = Readonly<
  Record<string, new (config: Record<string, unknown>) => SpanExporter>
>;

/** Part of `@opentelemetry/resources` that is used. */
interface ResourcesModule {
  defaultResource(): Resource;
  resourceFromAttributes(attributes: object): Resource;
}

/** Resource of the SDK. */
export interface Resource {
  readonly attributes: Readonly<Record<string, unknown>>;
  merge(other: Resource): Resource;
}

/** Part of `@opentelemetry/core` that is used. */
interface CoreModule {
  readonly CompositePropagator: new (config: {
    readonly propagators: TextMapPropagator[];
  }) => TextMapPropagator;
  readonly W3CTraceContextPropagator: new () => TextMapPropagator;
  readonly W3CBaggagePropagator: new () => TextMapPropagator;
}

/** Part of `@opentelemetry/context-async-hooks` that is used. */
interface ContextModule {
  readonly AsyncLocalStorageContextManager: new () => ContextManager;
}

/** OpenTelemetry packages that a plan requires. */
export interface TracePeers {
  readonly sdk: TraceSdk;
  readonly resources: ResourcesModule;
  readonly core: CoreModule;
  readonly context: ContextModule;
  /** Exporter modules, by package name. */
  readonly exporters: ReadonlyMap<string, ExporterModule>;
  /** Loads dependencies of the exporter over gRPC; present if there is one. */
  readonly requireOfGrpc?: RequireDependency;
}

/** Returns the package of an exporter; `undefined` for one without a package of its own. */
export function packageOf(plan: ExporterPlan): string | undefined {
  if (plan.type === 'zipkin') return '@opentelemetry/exporter-zipkin';
  return plan.type === 'otlp' ? exporterPackage('traces', plan.protocol) : undefined;
}

/**
 * Loads exactly the packages of a plan.
 *
 * @throws ConfigurationError `OBS_PEER_MISSING`, naming every missing package.
 */
export async function loadTracePeers(
  plan: Pick<TelemetryPlan, 'exporters'>,
  importPackage: ImportPackage = importTracePeer,
): Promise<TracePeers> {
  const loader = new PeerLoader(importPackage);
  await loader.load('@opentelemetry/api');
  const sdk = await loadSdk(loader);
  const resources = await loader.load<ResourcesModule>('@opentelemetry/resources');
  const core = await loader.load<CoreModule>('@opentelemetry/core');
  const context = await loader.load<ContextModule>('@opentelemetry/context-async-hooks');
  const exporters = new Map<string, ExporterModule>();
  for (const name of new Set(plan.exporters.map(packageOf))) {
    const loaded = name === undefined ? undefined : await loader.load<ExporterModule>(name);
    if (name !== undefined && loaded !== undefined) exporters.set(name, loaded);
  }
  loader.assertComplete();
  const found = { sdk, resources, core, context, exporters } as TracePeers;
  const grpc = plan.exporters.find((it) => it.type === 'otlp' && it.protocol === 'grpc');
  if (grpc === undefined) return found;
  const name = packageOf(grpc) as string;
  return { ...found, requireOfGrpc: await dependenciesOf(name, [GRPC], importGrpc) };
}

async function loadSdk(loader: PeerLoader): Promise<TraceSdk | undefined> {
  const sdk = await loader.find<SdkTraceModule>('@opentelemetry/sdk-trace');
  if (sdk !== undefined) return ofSdkTrace(sdk);
  const base = await loader.find<SdkTraceBaseModule>('@opentelemetry/sdk-trace-base');
  if (base !== undefined) return ofSdkTraceBase(base);
  loader.missing.push('@opentelemetry/sdk-trace');
  return undefined;
}

/** Loads packages and collects missing ones, so that one error names all of them. */
class PeerLoader {
  readonly missing: string[] = [];
  readonly #import: ImportPackage;

  constructor(importPackage: ImportPackage) {
    this.#import = importPackage;
  }

  async find<T>(name: string): Promise<T | undefined> {
    return (await this.#import(name)) as T | undefined;
  }

  async load<T>(name: string): Promise<T | undefined> {
    const loaded = await this.find<T>(name);
    if (loaded === undefined) this.missing.push(name);
    return loaded;
  }

  assertComplete(): void {
    if (this.missing.length === 0) return;
    throw new ConfigurationError(
      'OBS_PEER_MISSING',
      ...this.missing.map((name) => ({
        subject: 'startTelemetry',
        value: name,
        rule: 'the package must be installed',
        remedy: `Run: npm install ${this.missing.join(' ')} (of one release: 2.x with @opentelemetry/api 1.9, or 3.x with 1.10).`,
      })),
    );
  }
}
