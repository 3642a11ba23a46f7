import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
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
  const application = await RunningApplication.start({
    imports: [observability(), graphqlModule],
    providers: [Orders],
  });
  const orders = application.app.get(Orders);
  const asked = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'query Orders { orders }' }),
  };
  const end = repeat(EVERY_MS, () => application.get('/graphql', asked));
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        {
          alerts: ['GraphqlErrorRateHigh'],
          breaks: () => (orders.isBroken = true),
          mends: () => (orders.isBroken = false),
        },
      ],
    ],
    stop: async () => {
      end();
      await application.close();
    },
  };
}

/** GraphQL operations whose resolver fails. */
export const graphqlDrill: DrilledApplication = {
  job: 'graphql',
  alerts: ['GraphqlErrorRateHigh'],
  start,
};
