import assert from 'node:assert/strict';
import { APPLICATION_TIME } from '../kernel/timers.js';
import { LINE_RECORDER, type StoredLine } from '../logging/log-store.js';
import { lintMetrics } from '../metrics/definition/metric-lint.js';
import { MetricRegistry } from '../metrics/registry.js';
import { ProjectionStatus } from '../projections/projection-status.js';
import { ManualClock } from './manual-clock.js';
import { ManualTimers } from './manual-timers.js';
import { MetricExpectation } from './metric-expectation.js';
import { ProjectionExpectation } from './projection-expectation.js';
import { recordSpans, type SpanRecorder, spanRecorder } from './span-recorder.js';
import { SeenSpans } from './seen-spans.js';
import { type Labels, type Samples, samplesOf } from './samples.js';
import { Seen } from './seen.js';

/** Options of {@link observeTest}. */
export interface ObserveTestOptions {
  /** Unix time in milliseconds at which the test begins. @defaultValue 2026-01-01, 00:00 UTC */
  readonly startMs?: number;
}

/** Module under test: `TestingModule` of `@nestjs/testing`. */
export interface TestedModule {
  /** Returns a provider of any module. */
  get<T>(token: unknown, options: { readonly strict: false }): T;
}

/** Builder of a module: `TestingModuleBuilder` of `@nestjs/testing`. */
export interface TestedModuleBuilder {
  /** Replaces a provider by a value. */
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
  /** Compiles the module. */
  compile(...options: never[]): Promise<TestedModule>;
}

const MOST_SERIES = 100;

/**
 * Observes an application under test, built with `@nestjs/testing`: a clock and timers that the test advances, the change of
 * all metrics during some work, its spans and its log lines. It opens no socket, and works with any test runner.
 *
 * @example
 * ```ts
 * import { Test } from '@nestjs/testing';
 * import { Injectable } from '@nestjs/common';
 * import { Command, ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { observeTest } from '@eventcore/nestjs-observability/testing';
 *
 * @Injectable()
 * class Orders {
 *   @Command('PlaceOrder')
 *   async place(): Promise<void> {}
 * }
 *
 * const observed = observeTest();
 * const module = await observed
 *   .in(Test.createTestingModule({ imports: [ObservabilityModule.forRoot()], providers: [Orders] }))
 *   .compile();
 * await module.init();
 *
 * const seen = await observed.during(() => module.get(Orders).place());
 * seen.metric('eventcore_commands_total', { command_type: 'PlaceOrder' }).increasedBy(1);
 * seen.nothingElse('eventcore_commands_total');
 * ```
 */
export function observeTest(options: ObserveTestOptions = {}): ObservedTest {
  return new ObservedTest(options);
}

/** Observation of one application under test. Made by {@link observeTest}. */
export class ObservedTest {
  /** Timers of what the library does in the background. */
  readonly timers: ManualTimers;
  readonly #lines: StoredLine[] = [];
  #module: TestedModule | undefined;
  #recorder: SpanRecorder | undefined;
  #withoutSpans: unknown;

  /** @internal */
  constructor({ startMs }: ObserveTestOptions) {
    this.timers = new ManualTimers(new ManualClock(startMs));
  }

  /** Clock of the application. */
  get clock(): ManualClock {
    return this.timers.clock;
  }

  /**
   * Puts the clock, the timers and the recorders into an application. The options of its modules stay as they are.
   *
   * @param builder - Result of `Test.createTestingModule()`.
   * @returns The same builder.
   */
  in<B extends TestedModuleBuilder>(builder: B): B {
    const { timers, clock } = this;
    builder.overrideProvider(APPLICATION_TIME).useValue({ timers, clock, random: () => 0.5 });
    builder.overrideProvider(LINE_RECORDER).useValue((it: StoredLine) => this.#lines.push(it));
    const compile = builder.compile.bind(builder);
    builder.compile = async (...options: never[]) => {
      await this.#recordSpans();
      this.#module = await compile(...options);
      return this.#module;
    };
    return builder;
  }

  /**
   * Does some work, and returns what the application has recorded meanwhile. Spans of other tests that run in the same
   * process at the same time are among them.
   *
   * @throws The error of the work. Work that is meant to fail handles it: `during(() => assert.rejects(orders.pay()))`.
   */
  async during<T>(work: () => T | Promise<T>): Promise<Seen<T>> {
    const before = await this.#samples();
    const firstLine = this.#lines.length;
    const recording = this.#recorder && recordSpans(this.#recorder);
    try {
      const result = await work();
      await this.timers.advance(0);
      const after = await this.#samples();
      const spans = recording && new SeenSpans(recording.end());
      return new Seen(result, {
        before,
        after,
        lines: this.#lines.slice(firstLine),
        spans: () => {
          if (spans === undefined) throw this.#withoutSpans;
          return spans;
        },
      });
    } finally {
      recording?.end();
    }
  }

  /**
   * Lets time pass for the application: its clock advances, and what it does in the background happens, each thing at its time.
   *
   * @param ms - Milliseconds, 0 or more.
   * @throws RangeError for a negative or non-finite number.
   */
  async advance(ms: number): Promise<void> {
    await this.timers.advance(ms);
  }

  /** Returns an expectation about the present values of a metric. {@link Seen.metric} compares with earlier ones. */
  async metric(name: string, labels: Labels = {}): Promise<MetricExpectation> {
    const after = await this.#samples();
    return new MetricExpectation(name, labels, { before: new Map(), after });
  }

  /**
   * Returns an expectation about a projection.
   *
   * @param name - Value of `projection_name`.
   */
  projection(name: string): ProjectionExpectation {
    return new ProjectionExpectation(name, this.#get(ProjectionStatus));
  }

  /**
   * Requires of all metrics, also of the application's own, that their names, units and labels follow the conventions of
   * Prometheus, that none has too many series, and that none has reached its limit of series.
   *
   * @param mostSeries - Series per metric. @defaultValue 100
   * @throws AssertionError which lists all problems.
   */
  lint(mostSeries = MOST_SERIES): void {
    const { metrics } = this.#get<MetricRegistry>(MetricRegistry).snapshot();
    const problems = lintMetrics(metrics.map((it) => it.definition)).map(
      ({ metric, message }) => `${metric}: ${message}`,
    );
    for (const { definition, blocks } of metrics) {
      const sets = blocks.flatMap((it) => it.labelSets);
      if (sets.length > mostSeries) problems.push(`${definition.name}: ${sets.length} series`);
      if (sets.some((it) => it.includes('__other__')))
        problems.push(`${definition.name}: its limit of series is reached`);
    }
    assert.deepEqual(problems, [], `Metrics:\n  ${problems.join('\n  ')}`);
  }

  async #samples(): Promise<Samples> {
    const registry = this.#get<MetricRegistry>(MetricRegistry);
    await registry.prepare();
    return samplesOf(registry.snapshot().metrics);
  }

  #get<T>(token: unknown): T {
    assert(this.#module, 'No application: pass the builder to in(), and compile it');
    return this.#module.get<T>(token, { strict: false });
  }

  async #recordSpans(): Promise<void> {
    try {
      this.#recorder = await spanRecorder();
    } catch (error) {
      this.#withoutSpans = error;
    }
  }
}
