import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { ObservabilityModule } from '../../../lib/index.js';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const EVERY_MS = 100;

@Resolver('Query')
class Orders {
  isBroken = false;

  @Query()
  async orders(): Promise<number> {
    if (this.isBroken) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    return 1;
  }
}

const graphqlModule = GraphQLModule.forRoot<ApolloDriverConfig>({
  driver: ApolloDriver,
  typeDefs: 'type Query { orders: Int }',
  graphiql: false,
});

async function start(): Promise<RunningDrill> {
  let breaksOff = false;
  const other = createServer((_request, response) => {
    if (breaksOff) response.destroy();
    else response.end('ok');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(), graphqlModule],
    providers: [Orders],
  });
  const orders = application.app.get(Orders);
  const asked = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'query Orders { orders }' }),
  };
  const ends = [
    repeat(EVERY_MS, () => application.get('/graphql', asked)),
    repeat(EVERY_MS, async () => (await fetch(`http://127.0.0.1:${port}`)).text()),
  ];
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        {
          alerts: ['GraphqlErrorRateHigh'],
          breaks: () => (orders.isBroken = true),
          mends: () => (orders.isBroken = false),
        },
        {
          alerts: ['OutboundErrorRateHigh'],
          breaks: () => (breaksOff = true),
          mends: () => (breaksOff = false),
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      await application.close();
      other.close();
    },
  };
}

/** GraphQL operations, and requests to another service. */
export const exchangesDrill: DrilledApplication = {
  job: 'exchanges',
  alerts: ['GraphqlErrorRateHigh', 'OutboundErrorRateHigh'],
  start,
};
