import { beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithLibrary, install } from './installation.js';

/** Output of an application. */
interface Report {
  readonly answers: readonly { readonly request: string; readonly status: number }[];
  readonly work?: unknown;
  readonly after?: unknown;
  readonly samples: readonly string[];
  readonly closedMs: number;
  /** Milliseconds from the beginning of the end to that of the process. */
  readonly exitedMs: number;
}

/** Answers to the load of `shop.ts`, which no library of metrics changes. */
const STATUSES = [201, 201, 409, 200, 200, 404];
// Time for the scheduling of a busy machine; the application itself ends in a few milliseconds.
const CLOSED_WITHIN_MS = 2_000;
// Up to nine processes one after the other.
const TIMEOUT_MS = 180_000;

// Each of the other imports before or after the library.
const ORDERS = Array.from({ length: 8 }, (_, set) => {
  const others = ['prometheus', 'otel', 'probes'];
  const before = others.filter((_other, index) => (set >> index) % 2 === 1);
  return [...before, 'observability', ...others.filter((it) => !before.includes(it))].join(' ');
});

// One installation for all of them: each compiled by SWC, and run with the library and without it.
describeWithLibrary('applications side by side', (library) => {
  vi.setConfig({ testTimeout: TIMEOUT_MS });
  const application = install('together', library);

  async function run(name: string, mode: 'with' | 'without', order?: string): Promise<Report> {
    const args = ['dist/main.js', name, mode];
    const env = order === undefined ? {} : { ORDER: order };
    const script = { node: process.execPath, args, env, timeoutMs: 40_000 };
    const { code, stdout, stderr } = await application().runScript(script);
    expect(code, stderr).toBe(0);
    const exitedMs = Number(/exit 0 (\d+)/.exec(stderr)?.[1]);
    return { ...(JSON.parse(stdout) as Report), exitedMs };
  }

  beforeAll(async () => {
    const script = { node: process.execPath, args: ['build.mjs'] };
    expect(await application().runScript(script)).toMatchObject({ code: 0, stderr: '' });
  });

  describe.each([
    ['fastify', 'A Fastify application compiled by SWC', shopCounts('/orders')],
    [
      'guarded',
      'An application with prefix, versions, a global guard and helmet',
      { ...shopCounts('/api/v1/orders'), [requests('GET', 'unmatched', 404)]: 3 },
    ],
    [
      'cqrs',
      'An application of @nestjs/cqrs without decorators',
      { ...shopCounts('/orders'), 'eventcore_commands_total{command_type="PackOrder"}': 2 },
    ],
    ['streams', 'An application with server-sent events and files', streamCounts()],
    ['transports', 'An application of HTTP, TCP, GraphQL and socket.io', transportCounts()],
    ['features', 'An application of all building blocks on Express', featureCounts()],
    ['features-fastify', 'An application of all building blocks on Fastify', featureCounts()],
    ['uploads', 'An application with uploads, assets and a route for any path', uploadCounts()],
  ] as const)('%s', (name, title, counts) => {
    it(`${title} answers and ends as without the library, and counts exactly`, async () => {
      const [plain, observed] = await Promise.all([run(name, 'without'), run(name, 'with')]);
      expect(observed.answers).toEqual(plain.answers);
      expect(observed.work).toEqual(plain.work);
      expect(observed.answers.slice(0, 5).map((it) => it.status)).toEqual(STATUSES.slice(0, 5));
      expect(countsIn(observed)).toEqual(counts);
      expect(observed.after).toEqual(plain.after);
      expect(observed.closedMs).toBeLessThan(plain.closedMs + CLOSED_WITHIN_MS);
      expect(observed.exitedMs).toBeLessThan(plain.exitedMs + CLOSED_WITHIN_MS);
    });
  });

  it('A worker without a server works and ends as without the library, and counts exactly', async () => {
    const [plain, observed] = await Promise.all([
      run('context', 'without'),
      run('context', 'with'),
    ]);
    expect(observed.work).toEqual(plain.work);
    expect(observed.after).toEqual(plain.after);
    expect(observed.exitedMs).toBeLessThan(plain.exitedMs + CLOSED_WITHIN_MS);
    expect(countsIn(observed)).toEqual({
      'eventcore_commands_total{command_type="PlaceOrder"}': 2,
      'eventcore_commands_total{command_type="NextNumber"}': 5,
      'eventcore_queries_total{query_type="OrderCount"}': 1,
    });
  });

  it('Metrics of three libraries are on one page, and the health controller of the application answers, in every order of imports', async () => {
    const plain = await run('peers', 'without');
    const check = async (order: string) => {
      const observed = await run('peers', 'with', order);
      expect(observed.answers, order).toEqual(plain.answers);
      expect(observed.answers.map((it) => it.status)).toEqual([...STATUSES, 503]);
      expect(countsIn(observed), order).toEqual({
        ...shopCounts('/orders'),
        [requests('GET', '/health', 503)]: 1,
        'shop_probes_total{}': 1,
        'shop_baskets_total{otel_scope_name="nestjs-otel"}': 2,
      });
    };
    for (let i = 0; i < ORDERS.length; i += 2) {
      await Promise.all(ORDERS.slice(i, i + 2).map(check));
    }
  });
});

const COUNTED = /^(?:eventcore_(?:commands|queries|api_requests)_total|shop_\w+)\{/;

/** Counters of the load above 0, without the label of the service. */
function countsIn({ samples }: Report): Record<string, number> {
  const counted = samples.filter((it) => COUNTED.test(it) && !it.endsWith(' 0'));
  return Object.fromEntries(
    counted.map((it) => {
      const end = it.lastIndexOf(' ');
      return [it.slice(0, end).replace(/,?service="compat"/, ''), Number(it.slice(end))];
    }),
  );
}

function requests(method: string, endpoint: string, status: number): string {
  return `eventcore_api_requests_total{method="${method}",endpoint="${endpoint}",status="${status}"}`;
}

function shopCounts(path: string): Record<string, number> {
  return {
    'eventcore_commands_total{command_type="PlaceOrder"}': 3,
    'eventcore_queries_total{query_type="OrderCount"}': 2,
    [requests('POST', path, 201)]: 2,
    [requests('POST', path, 409)]: 1,
    [requests('GET', `${path}/:sku`, 200)]: 2,
    [requests('GET', 'unmatched', 404)]: 1,
  };
}

function transportCounts(): Record<string, number> {
  return {
    ...shopCounts('/orders'),
    'eventcore_commands_total{command_type="PlaceOrder"}': 5,
    'eventcore_queries_total{query_type="OrderCount"}': 3,
    [requests('POST', '/graphql', 200)]: 1,
  };
}

function streamCounts(): Record<string, number> {
  return {
    ...shopCounts('/orders'),
    [requests('GET', '/three', 200)]: 1,
    [requests('GET', '/file', 200)]: 1,
    [requests('GET', '/wrapped', 200)]: 1,
  };
}

function featureCounts(): Record<string, number> {
  return {
    ...shopCounts('/orders'),
    'eventcore_commands_total{command_type="SeeTenant"}': 2,
    'eventcore_commands_total{command_type="Translate"}': 2,
    [requests('GET', '/features/greeting', 200)]: 1,
    [requests('GET', '/features/admin', 403)]: 1,
    [requests('GET', '/features/number/:id', 200)]: 1,
    [requests('GET', '/features/number/:id', 400)]: 1,
    [requests('GET', '/features/broken', 500)]: 1,
    [requests('GET', '/features/translated/:text', 200)]: 2,
    [requests('GET', '/features/stamped', 200)]: 1,
    [requests('GET', '/features/moved', 307)]: 1,
    [requests('GET', '/scoped', 200)]: 2,
    [requests('GET', '/health', 503)]: 1,
    [requests('HEAD', '/features/greeting', 200)]: 1,
    [requests('OPTIONS', 'unmatched', 404)]: 1,
  };
}

/** A route that matches any path answers what the others do not serve. */
function uploadCounts(): Record<string, number> {
  const { [requests('GET', 'unmatched', 404)]: _missing, ...counts } = shopCounts('/orders');
  return {
    ...counts,
    [requests('GET', '/*path', 200)]: 3,
    [requests('GET', 'unmatched', 200)]: 1,
    [requests('HEAD', 'unmatched', 200)]: 1,
    [requests('POST', '/uploads/one', 201)]: 1,
    [requests('POST', '/uploads/one', 400)]: 2,
    [requests('POST', '/uploads/many', 201)]: 1,
  };
}
