import {
  ConflictException,
  Injectable,
  Module,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Command, ObservabilityModule, Projection, Query } from '@eventcore/nestjs-observability';

export class PostEntry {
  constructor(readonly account: string) {}
}

/** Handlers of both applications. */
@Injectable()
export class Ledger {
  readonly #entries: string[] = [];

  @Command()
  async post({ account }: PostEntry): Promise<number> {
    if (account === 'closed') throw new ConflictException('closed');
    await this.balance(account);
    return this.#entries.push(account);
  }

  @Query('EntriesOf')
  entriesOf(account: string): number {
    return this.#entries.filter((it) => it === account).length;
  }

  @Projection('Balances')
  async balance(_account: string): Promise<void> {}
}

@Module({
  imports: [ObservabilityModule.forRoot({ serviceName: 'compat' })],
  providers: [Ledger],
  exports: [Ledger],
})
export class LedgerModule {}

/** Serves an application as its `main.ts` would. */
export async function serve(module: Type): Promise<INestApplication> {
  const app = await NestFactory.create(module, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 0);
  console.log(`listening on ${await app.getUrl()}`);
  return app;
}
