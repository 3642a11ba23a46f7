import { describe, expect, it } from 'vitest';
import type { ExporterContext } from '../../../lib/exporters/port/metrics-exporter.js';
import { StatsdExporter } from '../../../lib/exporters/statsd/statsd.exporter.js';
import {
  UnixTransport,
  type UnixDgramModule,
} from '../../../lib/exporters/statsd/unix-transport.js';
import { exporterContract, type TargetState } from '../../../lib/testing/index.js';
import { sumOf } from './statsd-server.js';

/** The package unix-dgram, which is compiled where it is installed, and a server at the other end. */
class UnixDgramDouble implements UnixDgramModule {
  state: TargetState = 'taking';
  readonly datagrams: string[] = [];
  open = 0;

  createSocket(): ReturnType<UnixDgramModule['createSocket']> {
    let isOpen = true;
    this.open += 1;
    return {
      on: () => undefined,
      send: (...[datagram, , , , done]) => {
        if (!isOpen) throw new Error('send after close');
        if (this.state === 'hanging') return;
        const isRefused = this.state === 'refusing';
        if (!isRefused) this.datagrams.push(Buffer.from(datagram).toString());
        setImmediate(done, isRefused ? new Error('connect ECONNREFUSED') : null);
      },
      close: () => {
        if (!isOpen) throw new Error('closed twice');
        isOpen = false;
        this.open -= 1;
      },
    };
  }
}

describe('the exporter of StatsD over a Unix socket', () => {
  const doubles: UnixDgramDouble[] = [];
  const cases = exporterContract({
    create: () => {
      const double = new UnixDgramDouble();
      doubles.push(double);
      const open = (context: ExporterContext) =>
        new StatsdExporter({
          context,
          transport: new UnixTransport(double, '/run/statsd'),
          format: { dialect: 'dogstatsd', prefix: '', histograms: 'buckets', tags: [] },
          maxDatagramBytes: 64,
          intervalMs: 10,
          timeoutMs: 100,
        });
      return {
        exporter: { name: 'statsd', open },
        target: (it) => void (double.state = it),
        counted: () => {
          const lines = double.datagrams.flatMap((it) => it.split('\n'));
          return sumOf(lines, 'contract_things_total', 'kind:a');
        },
      };
    },
  });

  it.each(cases.map((it) => [it.title, it] as const))(
    'The exporter of StatsD over a Unix socket %s',
    async (_title, { run }) => {
      await expect(run()).resolves.toBeUndefined();
      // However it ended, no socket is left open.
      expect(doubles.at(-1)?.open).toBe(0);
    },
  );
});
