import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { Ledger, LedgerModule, PostEntry } from '@app/ledger';

@Controller('orders')
class OrdersController {
  constructor(private readonly ledger: Ledger) {}

  @Post()
  async place(@Body() { sku }: { sku: string }): Promise<{ entry: number }> {
    return { entry: await this.ledger.post(new PostEntry(sku)) };
  }

  @Get(':sku')
  count(@Param('sku') sku: string): { entries: number } {
    return { entries: this.ledger.entriesOf(sku) };
  }
}

@Module({ imports: [LedgerModule], controllers: [OrdersController] })
export class AppModule {}
