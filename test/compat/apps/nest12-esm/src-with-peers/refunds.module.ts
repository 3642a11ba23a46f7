import { Controller, Module, Post, Scope } from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommand,
  ofType,
  QueryBus,
  QueryHandler,
  Saga,
} from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';

export class RefundOrder {}
export class NotifyCustomer {}
export class OrderRefunded {}
export class FindRefunds {}
export class Unhandled {}

/** The handlers of a stock application: none of them knows the library. */
@CommandHandler(RefundOrder)
export class RefundOrderHandler {
  constructor(private readonly events: EventBus) {}

  async execute(): Promise<void> {
    this.events.publish(new OrderRefunded());
  }
}

@CommandHandler(NotifyCustomer, { scope: Scope.REQUEST })
export class NotifyCustomerHandler {
  async execute(): Promise<void> {}
}

@QueryHandler(FindRefunds)
export class FindRefundsHandler {
  async execute(): Promise<number> {
    return 1;
  }
}

@EventsHandler(OrderRefunded)
export class RefundTotals {
  handle(): void {}
}

export class RefundSagas {
  @Saga()
  refunded = (events: Observable<object>): Observable<ICommand> =>
    events.pipe(
      ofType(OrderRefunded),
      map(() => new NotifyCustomer()),
    );
}

@Controller('refunds')
export class RefundsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  async refund(): Promise<unknown> {
    await this.commands.execute(new RefundOrder());
    return this.queries.execute(new FindRefunds());
  }

  @Post('unhandled')
  unhandled(): Promise<unknown> {
    return this.commands.execute(new Unhandled());
  }
}

@Module({
  imports: [CqrsModule],
  controllers: [RefundsController],
  providers: [
    RefundOrderHandler,
    NotifyCustomerHandler,
    FindRefundsHandler,
    RefundTotals,
    RefundSagas,
  ],
})
export class RefundsModule {}
