import { Args, Query, Resolver } from '@nestjs/graphql';
import { GetOrder } from './get-order.js';
import { GetRevenue } from './get-revenue.js';
import { type DailyRevenue, type OrderSummary, ShopQueryHandlers } from './shop-query-handlers.js';

/** The queries of the shop over GraphQL. */
export const REPORTS_SCHEMA = `
  type Order { id: ID! sku: String! quantity: Int! amountCents: Float! status: String! }
  type DailyRevenue { day: String! paidOrders: Int! revenueCents: Float! refundedCents: Float! }
  type Query {
    order(id: ID!): Order
    revenue(days: Int! = 7): [DailyRevenue!]!
  }
`;

@Resolver()
export class ReportsResolver {
  constructor(private readonly queries: ShopQueryHandlers) {}

  @Query()
  order(@Args('id') id: string): Promise<OrderSummary> {
    return this.queries.getOrder(new GetOrder(id));
  }

  @Query()
  revenue(@Args('days') days: number): Promise<DailyRevenue[]> {
    return this.queries.getRevenue(new GetRevenue(days));
  }
}
