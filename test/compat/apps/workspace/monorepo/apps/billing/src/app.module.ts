import { Controller, Injectable, Module, Param, Post } from '@nestjs/common';
import { Ledger, LedgerModule, PostEntry } from '@app/ledger';
import { Command } from '@eventcore/nestjs-observability';

class SendInvoice {
  constructor(readonly customer: string) {}
}

@Injectable()
class Invoices {
  constructor(private readonly ledger: Ledger) {}

  @Command()
  async send({ customer }: SendInvoice): Promise<number> {
    return this.ledger.post(new PostEntry(customer));
  }
}

@Controller('invoices')
class InvoicesController {
  constructor(private readonly invoices: Invoices) {}

  @Post(':customer')
  async send(@Param('customer') customer: string): Promise<{ entry: number }> {
    return { entry: await this.invoices.send(new SendInvoice(customer)) };
  }
}

@Module({ imports: [LedgerModule], controllers: [InvoicesController], providers: [Invoices] })
export class AppModule {}
