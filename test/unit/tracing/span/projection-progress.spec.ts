import { Injectable } from '@nestjs/common';
import { AlwaysOffSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { Faults } from '../../../../lib/kernel/faults.js';
import { ObservabilityService, Projection } from '../../../../lib/index.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { SpanObserver } from '../../../../lib/tracing/span/span-observer.js';
import { RecordingSdk, startApplication } from './traced-application.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';

@Injectable()
class Orders {
  readonly recorder;

  constructor(observability: ObservabilityService) {
    this.recorder = observability.projection('orders');
  }

  @Projection({ name: 'orders', eventTime: (event) => (event as { at: number }).at })
  async apply(_event: { at: number }): Promise<void> {}
}

let sdk: RecordingSdk;
let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
  sdk.close();
});

describe('the span of a projection', () => {
  it('The span of a projection tells how far behind the projection was, and nothing while nobody knows', async () => {
    sdk = new RecordingSdk();
    const clock = new ManualClock();
    const app = await startApplication(Orders, { clock });
    close = app.close;
    await app.handler.apply({ at: clock.wallMs() - 3_000 });
    await app.handler.apply({ at: clock.wallMs() });
    const [first, second] = sdk.spans();
    expect(first?.attributes).toMatchObject({ 'projection.mode': 'live' });
    expect(first?.attributes).not.toHaveProperty('projection.lag_seconds');
    expect(second?.attributes).toMatchObject({
      'projection.mode': 'live',
      'projection.lag_seconds': 3,
    });
  });

  it('The span of a projection has the mode that the metrics count its event in', async () => {
    sdk = new RecordingSdk();
    const clock = new ManualClock();
    const app = await startApplication(Orders, { clock });
    close = app.close;
    app.handler.recorder.beginRebuild(10);
    await app.handler.apply({ at: clock.wallMs() });
    app.handler.recorder.completeRebuild();
    await app.handler.apply({ at: clock.wallMs() });
    expect(sdk.spans().map((it) => it.attributes['projection.mode'])).toEqual(['rebuild', 'live']);
    const metrics = await app.gather();
    for (const mode of ['rebuild', 'live']) {
      expect(metrics).toContain(
        `eventcore_projection_events_processed_total{projection_name="orders",mode="${mode}"} 1`,
      );
    }
  });
});

describe('how far a projection is', () => {
  it.each([
    ['read for a span that is recorded', undefined, 1],
    ['not read for one that is not', new ParentBasedSampler({ root: new AlwaysOffSampler() }), 0],
  ])('The progress of a projection is %s', (_what, sampler, reads) => {
    sdk = new RecordingSdk(sampler);
    let asked = 0;
    const clock = new ManualClock();
    const observer = new SpanObserver({
      scope: { name: 'test', version: '1' },
      clock,
      faults: new Faults(clock),
      progressOf: () => () => {
        asked++;
        return { mode: 'live', lagSeconds: 0 };
      },
    });
    const tracer = observer.bind({ kind: projectionKind, name: 'orders', labels: {}, span: {} });
    expect(asked).toBe(0);
    tracer.follow([{}])?.ended({ outcome: 'success', attempts: 1, seconds: 0 });
    expect(asked).toBe(reads);
  });
});
