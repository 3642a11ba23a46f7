// The alert engine with 500 rules over 2,000 series: CPU time of an evaluation, and the longest time in which the event
// loop did not turn.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertEngine } from '@eventcore/nestjs-observability/alerting';
import { quantile } from './measure.mjs';
import { timed } from './queries.mjs';
import { openHistory, record } from './recorded-history.mjs';

const INTERVAL_MS = 15_000;
const TICKS_PER_INTERVAL = 3;
const METRICS = 100;
const HANDLERS = 10;
const OUTCOMES = ['success', 'failure'];
const SHARE_OF_CALLS = [19, 1];

/** 100 counters of 20 series each; one call in twenty fails. */
function load() {
  const labelSets = Array.from({ length: HANDLERS * OUTCOMES.length }, (_, i) => [
    `h-${i >> 1}`,
    OUTCOMES[i % 2],
  ]);
  const metrics = Array.from({ length: METRICS }, (_, i) => ({
    definition: {
      name: `calls_${i}_total`,
      type: 'counter',
      help: 'Of the bench.',
      labels: ['handler', 'outcome'],
    },
    blocks: [
      {
        labelSets,
        stride: 1,
        bounds: [],
        createdAtMs: new Float64Array(labelSets.length),
        values: new Float64Array(labelSets.length),
      },
    ],
  }));
  const advance = () => {
    for (const { blocks } of metrics)
      blocks[0].values = blocks[0].values.map((it, i) => it + SHARE_OF_CALLS[i % 2]);
  };
  return { metrics, advance };
}

/** Five rules on each metric. `limit` is the failed part from which the first two fire. */
function rulesOf(limit) {
  return Array.from({ length: METRICS }, (_, i) => {
    const metric = `calls_${i}_total`;
    const failed = `rate(${metric}{outcome="failure"}[5m])`;
    const queries = [
      `sum by (handler) (${failed}) / sum by (handler) (rate(${metric}[5m])) > ${limit}`,
      `${failed} > ${limit}`,
      `sum(rate(${metric}[5m])) == 0`,
      `increase(${metric}[15m]) > 1e9`,
      `absent(${metric})`,
    ];
    return queries.map((query, n) => ({
      name: `Rule${i}of${n}`,
      query,
      for: '30s',
      severity: 'warning',
      annotations: {
        summary: '{{ $labels.handler }} fails',
        description:
          '{{ $value | humanizePercentage }} of the calls of {{ $labels.handler }} fail.',
      },
    }));
  }).flat();
}

/** A rule with an alert for each of the series. */
const WIDE_RULE = {
  ...rulesOf(0)[0],
  query: 'label_replace({__name__=~"calls_.+"}, "metric", "$1", "__name__", "(.+)") > 0',
};

async function engineOf(recorded, rules) {
  const engine = new AlertEngine(recorded.history, {
    shipped: false,
    rules,
    intervalMs: INTERVAL_MS,
    receivers: [{ name: 'none', open: () => ({ send: async () => undefined }) }],
    groupWait: '15s',
  });
  await engine.start({
    clock: {
      wallMs: () => recorded.clock.wallMs(),
      monotonicMs: () => performance.now(),
    },
    // The section evaluates when it wants to.
    timers: { after: () => () => undefined },
    report: (error) => {
      throw error;
    },
  });
  await engine.begin();
  return engine;
}

async function caseOf(recorded, { metrics, advance }, { rules, rounds, alerts }) {
  const engine = await engineOf(recorded, rules);
  const cpuMs = [];
  const slices = [];
  for (let round = -3; round < rounds; round++) {
    await record(recorded, { metrics, advance }, TICKS_PER_INTERVAL);
    // Looking at the event loop takes CPU time itself.
    if (round % 2 === 0) {
      const { longest } = await timed(() => engine.evaluate());
      if (round >= 0) slices.push(longest);
      continue;
    }
    const before = process.cpuUsage();
    await engine.evaluate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) cpuMs.push((user + system) / 1_000);
  }
  const firing = engine.current().length;
  if (firing !== alerts) throw new Error(`${firing} alerts in place of ${alerts}`);
  await engine.stop();
  return {
    medianNs: quantile(cpuMs, 0.5) * 1e6,
    p25Ns: quantile(cpuMs, 0.25) * 1e6,
    p75Ns: quantile(cpuMs, 0.75) * 1e6,
    bytesPerOp: 0,
    'share of a core, %': (quantile(cpuMs, 0.5) / INTERVAL_MS) * 100,
    'median of the longest slices, ms': quantile(slices, 0.5),
    'longest slice, ms': Math.max(...slices),
  };
}

export async function runAlerts({ smoke }) {
  const rounds = smoke ? 2 : 24;
  const directory = mkdtempSync(join(tmpdir(), 'bench-alerts-'));
  try {
    const recorded = await openHistory({ storage: { directory } });
    const metrics = load();
    await record(recorded, metrics, smoke ? 80 : 360);
    const quiet = await caseOf(recorded, metrics, { rules: rulesOf(0.5), rounds, alerts: 0 });
    const storm = await caseOf(recorded, metrics, { rules: rulesOf(0.01), rounds, alerts: 2_000 });
    const wide = await caseOf(recorded, metrics, { rules: [WIDE_RULE], rounds, alerts: 2_000 });
    await recorded.exporter.close();
    return {
      cases: {
        '500 rules, no alert': quiet,
        '500 rules, 2,000 alerts fire': storm,
        '1 rule, 2,000 alerts fire': wide,
      },
      ratios: {},
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
