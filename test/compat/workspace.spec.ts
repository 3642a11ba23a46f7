import { beforeAll, describe, expect, it } from 'vitest';
import type { RunningApplication } from './application.js';
import { describeWithLibrary, install } from './installation.js';

const COUNTED =
  /^eventcore_(?:commands|commands_rejected|queries|projection_events_processed|api_requests)_total\{/;

// One installation by pnpm: a service with a package of the workspace, and a monorepo of the Nest CLI.
describeWithLibrary('applications of a pnpm workspace', (library) => {
  const workspace = install('workspace', library);

  /** Sends `METHOD path`, with a JSON body for some; returns statuses and bodies, counters above 0, and the end. */
  async function report(running: RunningApplication, requests: readonly string[]) {
    try {
      await running.listening();
      const answers: unknown[] = [];
      for (const it of requests) {
        const [method, path = '', body] = it.split(' ');
        const answer = await (method === 'POST'
          ? running.post(path, JSON.parse(body ?? '{}') as object)
          : running.get(path));
        answers.push([answer.status, answer.ok ? await answer.json() : undefined]);
      }
      const health = await Promise.all(
        ['/health', '/health/live', '/health/ready'].map(async (it) => running.get(it)),
      );
      const page = await (await running.get('/metrics')).text();
      const counted = page.split('\n').filter((it) => COUNTED.test(it) && !it.endsWith(' 0'));
      return {
        answers,
        health: health.map(({ status }) => status),
        counts: counted.map((it) => it.replace(/^eventcore_/, '').replace(',service="compat"', '')),
        page,
        end: await running.terminate(),
        errors: running.errors,
      };
    } finally {
      await running.stop();
    }
  }

  describe('of a service that shares a package', () => {
    beforeAll(() => {
      for (const it of ['packages/sales', 'services/orders'])
        expect(workspace().runIn(it, 'tsc', ['-p', '.']).stdout).toBe('');
    });

    it('A service and a package of the workspace, whose copies pnpm makes for two versions of prom-client, count together', async () => {
      const running = workspace().start('dist/main.js', 'services/orders');
      const { page, ...rest } = await report(running, [
        'POST /orders {"sku":"hat"}',
        'POST /orders {"sku":"hat"}',
        'POST /orders {"sku":"sold-out"}',
        'POST /orders/refunds',
        'GET /orders/hat',
      ]);
      expect(running.output).toContain('copies 2\n');
      expect(rest).toEqual({
        answers: [
          [201, { observation: 'PlaceOrder' }],
          [201, { observation: 'PlaceOrder' }],
          [409, undefined],
          [201, { injected: true }],
          [200, { count: 2 }],
        ],
        health: [200, 200, 200],
        counts: [
          'commands_total{command_type="RefundOrder"} 1',
          'commands_total{command_type="PlaceOrder"} 3',
          'commands_rejected_total{command_type="PlaceOrder"} 1',
          'queries_total{query_type="OrderCount"} 1',
          'projection_events_processed_total{projection_name="OrdersShown",mode="live"} 2',
          'api_requests_total{method="POST",endpoint="/orders",status="201"} 2',
          'api_requests_total{method="POST",endpoint="/orders",status="409"} 1',
          'api_requests_total{method="POST",endpoint="/orders/refunds",status="201"} 1',
          'api_requests_total{method="GET",endpoint="/orders/:sku",status="200"} 1',
        ],
        end: [null, 'SIGTERM'],
        errors: '',
      });
      // Default metrics of prom-client.
      expect(page).toContain('nodejs_version_info{');
    });
  });

  describe('of a monorepo that webpack builds', () => {
    beforeAll(() => {
      const { status, stdout } = workspace().runIn('monorepo', 'nest', ['build', '--all']);
      expect(status, stdout).toBe(0);
    });

    const ENTRIES = [
      'commands_total{command_type="PostEntry"} 2',
      'commands_rejected_total{command_type="PostEntry"} 1',
    ];
    const BALANCES = 'projection_events_processed_total{projection_name="Balances",mode="live"} 1';

    it.each([
      [
        'shop',
        {
          'POST /orders {"sku":"hat"}': [201, { entry: 1 }],
          'POST /orders {"sku":"closed"}': [409, undefined],
          'GET /orders/hat': [200, { entries: 1 }],
        },
        [
          ...ENTRIES,
          'queries_total{query_type="EntriesOf"} 1',
          BALANCES,
          'api_requests_total{method="POST",endpoint="/orders",status="201"} 1',
          'api_requests_total{method="POST",endpoint="/orders",status="409"} 1',
          'api_requests_total{method="GET",endpoint="/orders/:sku",status="200"} 1',
        ],
      ],
      [
        'billing',
        { 'POST /invoices/ann': [201, { entry: 1 }], 'POST /invoices/closed': [409, undefined] },
        [
          'commands_total{command_type="SendInvoice"} 2',
          ...ENTRIES,
          'commands_rejected_total{command_type="SendInvoice"} 1',
          BALANCES,
          'api_requests_total{method="POST",endpoint="/invoices/:customer",status="201"} 1',
          'api_requests_total{method="POST",endpoint="/invoices/:customer",status="409"} 1',
        ],
      ],
    ])(
      'The application %s of a monorepo counts the handlers of the shared library and its own',
      async (name, requests, counts) => {
        const running = workspace().start(`dist/apps/${name}/main.js`, 'monorepo');
        const {
          page: _page,
          counts: counted,
          ...rest
        } = await report(running, Object.keys(requests));
        expect(counted.toSorted()).toEqual(counts.toSorted());
        expect(rest).toEqual({
          answers: Object.values(requests),
          health: [200, 200, 200],
          end: [null, 'SIGTERM'],
          errors: '',
        });
      },
    );
  });
});
