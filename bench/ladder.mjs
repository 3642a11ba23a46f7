// An awaited handler, observed in different ways. The first context manager that is registered slows every promise of the
// process down for good, so each rung is a section of its own, with a base line of its own.
import { Command } from '@eventcore/nestjs-observability';
import { addedRatio, compare, runRounds, withoutRounds } from './measure.mjs';
import { decorate, observe } from './observed-application.mjs';
import {
  ByHand,
  ByOpenTelemetry,
  enableOtelMetrics,
  OtelCounter,
  OtelSpan,
  OtelSpanAndCounter,
  PeerStack,
  SdkSpan,
} from './peers.mjs';
import { inUnsampledRequest, telemetry } from './telemetry.mjs';

class Undecorated {
  async place(order) {
    return order + 1;
  }
}

function decorated() {
  class Decorated {
    async place(order) {
      return order + 1;
    }
  }
  decorate(Decorated, 'place', Command('PlaceOrder'));
  return Decorated;
}

const awaited = (handler) => async (calls) => {
  let sum = 0;
  for (let i = 0; i < calls; i++) sum += await handler.place(i);
  globalThis.blackhole += sum;
};

async function climb({ smoke, observed = {}, handlers, baseLine, ratios, within }) {
  enableOtelMetrics();
  const { app, handler } = await observe(decorated(), observed);
  const all = handlers(handler);
  const cases = Object.fromEntries(Object.entries(all).map(([name, it]) => [name, awaited(it)]));
  const amounts = smoke
    ? { rounds: 3, warmUpRounds: 1, calls: 300 }
    : { rounds: 41, warmUpRounds: 6, calls: 5_000, seconds: 8 };
  const compared = compare(await runRounds(cases, { ...amounts, within }), baseLine);
  await app.close();
  const named = Object.entries(ratios).map(([key, [ours, peer]]) => [
    key,
    addedRatio(compared[ours], compared[peer]),
  ]);
  return { cases: withoutRounds(compared), ratios: Object.fromEntries(named) };
}

export function runMetrics({ smoke }) {
  return climb({
    smoke,
    observed: { tracing: false },
    baseLine: 'undecorated',
    handlers: (ours) => ({
      undecorated: new Undecorated(),
      'decorated, no module': new (decorated())(),
      '+ metrics': ours,
      'prom-client by hand': new ByHand(),
      'OpenTelemetry metrics by hand': new ByOpenTelemetry(),
      'nestjs-otel counter of calls': new OtelCounter(),
    }),
    ratios: {
      metrics_vs_prom_client: ['+ metrics', 'prom-client by hand'],
      metrics_vs_otel_metrics: ['+ metrics', 'OpenTelemetry metrics by hand'],
    },
  });
}

export function runSpanWithoutSdk({ smoke }) {
  return climb({ smoke, ...spanCases('no SDK', 'span_no_sdk_vs_peer_stack') });
}

export function runSpanInUnsampledRequest({ smoke }) {
  telemetry.unsampled();
  const cases = spanCases('request not sampled', 'span_unsampled_vs_peer_stack');
  return climb({ smoke, ...cases, within: inUnsampledRequest });
}

export function runUnsampledRoot({ smoke }) {
  telemetry.unsampled();
  return climb({ smoke, ...spanCases('root not sampled', 'span_root_unsampled_vs_peer_stack') });
}

function spanCases(state, ratio) {
  return {
    baseLine: `undecorated, ${state}`,
    handlers: (ours) => ({
      [`undecorated, ${state}`]: new Undecorated(),
      [`+ span, ${state}`]: ours,
      [`nestjs-otel span alone, ${state}`]: new OtelSpan(),
      [`nestjs-otel span and counter, ${state}`]: new OtelSpanAndCounter(),
      [`peer stack, ${state}`]: new PeerStack(),
    }),
    ratios: { [ratio]: [`+ span, ${state}`, `peer stack, ${state}`] },
  };
}

export function runRecordedSpan({ smoke }) {
  telemetry.recorded();
  return climb({
    smoke,
    baseLine: 'undecorated, SDK recording',
    handlers: (ours) => ({
      'undecorated, SDK recording': new Undecorated(),
      '+ span, recorded and exported': ours,
      'SDK span by hand, recorded and exported': new SdkSpan(),
      'nestjs-otel span alone, recorded and exported': new OtelSpan(),
      'peer stack, recorded and exported': new PeerStack(),
    }),
    ratios: {
      span_recorded_vs_sdk_span: [
        '+ span, recorded and exported',
        'SDK span by hand, recorded and exported',
      ],
      span_recorded_vs_peer_stack: [
        '+ span, recorded and exported',
        'peer stack, recorded and exported',
      ],
    },
  });
}
