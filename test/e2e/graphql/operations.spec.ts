import { createRequire } from 'node:module';
import { BadRequestException } from '@nestjs/common';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  GraphQLModule,
  Mutation,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

const typeDefs = `
  type Order { id: Int! total: Int note: String }
  type Query { order(id: Int): Order broken: Int refused: Int thrown: Int }
  type Mutation { place: Order }
  type Subscription { placed: Order }
`;

@Resolver('Order')
class Orders {
  @Query()
  order() {
    return { id: 7 };
  }
  @Query()
  async broken(): Promise<never> {
    throw new RangeError('disk');
  }
  @Query()
  refused(): never {
    throw new BadRequestException('no');
  }
  @Query()
  thrown(): never {
    throw new GraphQLError('own');
  }
  @Mutation()
  place() {
    return { id: 8 };
  }
  @ResolveField()
  total(): never {
    throw new TypeError('no price');
  }
  @ResolveField()
  note(): string {
    return 'fine';
  }
  @Subscription()
  async *placed() {
    yield { placed: { id: 9 } };
  }
}

const drivers = {
  apollo: () =>
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      typeDefs,
      allowBatchedHttpRequests: true,
      graphiql: false,
    }),
  mercurius: () =>
    GraphQLModule.forRootAsync<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      useFactory: () => ({ typeDefs, allowBatchedQueries: true, graphiql: false, plugins: [] }),
    }),
} as const;

describe.each(['apollo', 'mercurius'] as const)('operations of %s', (name) => {
  let application: RunningApplication;
  const page = async () => (await application.get('/metrics')).text;
  const ask = async (body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await application.get('/graphql', {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
    return JSON.parse(answer.text) as { data?: unknown; errors?: unknown[] };
  };
  async function counts(operation: string, type = 'query') {
    const text = await page();
    return ['success', 'rejected', 'failure'].map(
      (outcome) =>
        sampleOf(text, 'eventcore_graphql_operations_total', {
          ...{ operation_type: type, operation, outcome },
        }) ?? 0,
    );
  }

  beforeAll(async () => {
    application = await RunningApplication.start({
      platform: name === 'apollo' ? 'express' : 'fastify',
      imports: [ObservabilityModule.forRoot(), drivers[name]()],
      providers: [Orders],
    });
  });
  afterAll(() => application.close());

  it('An operation counts once by its type and name, and anonymous ones together', async () => {
    expect((await ask({ query: 'query Look { order { id note } }' })).data).toBeDefined();
    await ask({ query: 'mutation Place { place { id } }' });
    await ask({ query: '{ order { id } }' });
    await ask({ query: 'query { order { id } }' });
    expect(await counts('Look')).toEqual([1, 0, 0]);
    expect(await counts('Place', 'mutation')).toEqual([1, 0, 0]);
    expect(await counts('anonymous')).toEqual([2, 0, 0]);
    const seconds = 'eventcore_graphql_operation_duration_seconds_count';
    expect(sampleOf(await page(), seconds, { operation_type: 'query', operation: 'Look' })).toBe(1);
  });

  it('A failed field makes the operation a failure although others have data, and counts its error', async () => {
    const { data, errors } = await ask({ query: 'query Partial { order { id total note } }' });
    expect([data, errors?.length]).toEqual([{ order: { id: 7, total: null, note: 'fine' } }, 1]);
    expect(await counts('Partial')).toEqual([0, 0, 1]);
    await ask({ query: 'query Broken { broken other: broken }' });
    expect(await counts('Broken')).toEqual([0, 0, 1]);
    await ask({ query: 'query Thrown { thrown }' });
    expect(await counts('Thrown')).toEqual([0, 0, 1]);
    const errorsOf = async (error_type: string) =>
      sampleOf(await page(), 'eventcore_errors_total', {
        ...{ source: 'message', error_type, category: 'permanent' },
      });
    expect([await errorsOf('TypeError'), await errorsOf('RangeError')]).toEqual([1, 2]);
  });

  it('An error that is the fault of the client is a rejection', async () => {
    await ask({ query: 'query Refused { refused }' });
    expect(await counts('Refused')).toEqual([0, 1, 0]);
  });

  it('A document that is refused before it runs is a rejection without a name', async () => {
    const rejected = async (operation: string, type: string) =>
      (await counts(operation, type))[1] ?? 0;
    const before = await rejected('unknown', 'unknown');
    await ask({ query: 'query Bad { nothing }' });
    await ask({ query: '{ never closed' });
    expect((await rejected('unknown', 'unknown')) - before).toBe(2);
    expect(await counts('Bad')).toEqual([0, 0, 0]);
    // Mercurius refuses variables of a wrong type before the operation runs.
    const variables = { id: 'x' };
    await ask({ query: 'query Typed($id: Int!) { order(id: $id) { id } }', variables });
    const all = (await rejected('unknown', 'unknown')) + (await rejected('Typed', 'query'));
    expect(all - before).toBe(3);
  });

  it('Each operation of a batch counts', async () => {
    await ask([
      { query: 'query Batched { order { id } }' },
      { query: 'query Batched { order { id } }' },
      { query: 'query Other { order { id } }' },
    ]);
    expect(await counts('Batched')).toEqual([2, 0, 0]);
    expect(await counts('Other')).toEqual([1, 0, 0]);
  });

  it('Names that clients invent share one series beyond the first 100', async () => {
    for (let i = 0; i < 110; i++) await ask({ query: `query Invented${i} { order { id } }` });
    const samples =
      parseTextFormat(await page()).get('eventcore_graphql_operations_total')?.samples ?? [];
    const names = new Set(samples.map(({ labels }) => labels['operation']));
    expect(names.size).toBeLessThanOrEqual(103);
    expect((await counts('__other__'))[0]).toBeGreaterThan(10);
  });

  it('The metrics of HTTP keep the requests that carried the operations', async () => {
    const samples =
      parseTextFormat(await page()).get('eventcore_api_requests_total')?.samples ?? [];
    const carried = samples.filter(({ labels }) => labels['endpoint'] === '/graphql');
    expect(carried.reduce((sum, { value }) => sum + value, 0)).toBe(122);
  });
});

describe('subscriptions', () => {
  it('A subscription counts once when it is established', async () => {
    const { parse, subscribe } = createRequire(import.meta.url)(
      'graphql',
    ) as typeof import('graphql');
    const { GraphQLSchemaHost } = await import('@nestjs/graphql');
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot(), drivers.apollo()],
      providers: [Orders],
    });
    const { schema } = application.app.get(GraphQLSchemaHost, { strict: false });
    const events = await subscribe({
      schema,
      document: parse('subscription Placed { placed { id } }'),
    });
    const received: unknown[] = [];
    for await (const it of events as AsyncIterable<unknown>) received.push(it);
    const labels = { operation_type: 'subscription', operation: 'Placed', outcome: 'success' };
    const { text } = await application.get('/metrics');
    await application.close();
    expect(received).toHaveLength(1);
    expect(sampleOf(text, 'eventcore_graphql_operations_total', labels)).toBe(1);
  });
});
