import { ProjectionStatus } from '@eventcore/nestjs-observability';
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import * as v from 'valibot';
import { GetOrder } from '../reports/get-order.js';
import { ShopQueryHandlers, type OrderSummary } from '../reports/shop-query-handlers.js';
import { CancelOrder } from './cancel-order.js';
import { OrderCommandHandlers } from './order-command-handlers.js';
import type { ChangedOrder } from './order.js';
import { OrderMails } from './order-mails.js';
import { PayOrder } from './pay-order.js';
import { PlaceOrder, PlaceOrderBody } from './place-order.js';
import { ShipOrder } from './ship-order.js';

const MAX_WAIT_MS = 2_000;
const Position = v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}-\d{1,19}$/)));

interface Placed {
  readonly id: string;
  readonly position: string;
}

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly commands: OrderCommandHandlers,
    private readonly queries: ShopQueryHandlers,
    private readonly projections: ProjectionStatus,
    private readonly mails: OrderMails,
  ) {}

  @Post()
  async place(@Body({ schema: PlaceOrderBody }) body: PlaceOrderBody): Promise<Placed> {
    const { id, position } = await this.commands.placeOrder(
      new PlaceOrder(body.sku, body.quantity),
    );
    this.mails.tell(id, 'confirmation');
    return { id, position };
  }

  @Post(':id/pay')
  @HttpCode(200)
  pay(@Param('id', ParseUUIDPipe) id: string): Promise<ChangedOrder> {
    return this.commands.payOrder(new PayOrder(id));
  }

  @Post(':id/ship')
  @HttpCode(200)
  async ship(@Param('id', ParseUUIDPipe) id: string): Promise<ChangedOrder> {
    const shipped = await this.commands.shipOrder(new ShipOrder(id));
    this.mails.tell(id, 'shipping_note');
    return shipped;
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id', ParseUUIDPipe) id: string): Promise<ChangedOrder> {
    return this.commands.cancelOrder(new CancelOrder(id));
  }

  /** `after`, the position that a change was answered with, waits until the summary has that change. */
  @Get(':id')
  async get(
    @Param('id', ParseUUIDPipe) id: string,
    @Query('after', { schema: Position }) after?: string,
  ): Promise<OrderSummary> {
    if (after) await this.projections.waitFor('order_summary', after, { timeoutMs: MAX_WAIT_MS });
    return this.queries.getOrder(new GetOrder(id));
  }
}
