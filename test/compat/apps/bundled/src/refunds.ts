import { CommandHandler } from '@nestjs/cqrs';

export class RefundOrder {}

@CommandHandler(RefundOrder)
export class RefundOrderHandler {
  async execute(_command: RefundOrder) {
    return 'refunded';
  }
}
