import { getInMemoryEventStore, type InMemoryEventStore } from '@event-driven-io/emmett';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule, ObservabilityService, Query } from '../../../lib/index.js';
import { emmettAdapter } from '../../../lib/integrations/event-store/index.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';

const events = (count: number) => Array.from({ length: count }, () => ({ type: 'Done', data: {} }));

@Injectable()
class Transfers {
  constructor(@Inject('EVENT_STORE') private readonly store: InMemoryEventStore) {}

  @Command('Transfer')
  async transfer(): Promise<void> {
    await this.store.appendToStream('account-1', events(2));
    const tracer = trace.getTracer('the application');
    await tracer.startActiveSpan('in between', async (span) => {
      await this.store.appendToStream('account-2', events(1));
      await this.store.appendToStream('account-1', events(3));
      span.end();
    });
    await this.book();
    await this.report();
  }

  @Command('Book')
  async book(): Promise<void> {
    await this.store.appendToStream('ledger-1', events(4));
  }

  @Query('Report')
  async report(): Promise<void> {
    await this.store.appendToStream('report-1', events(5));
  }

  @Command({ name: 'Told', events: () => 7 })
  async told(): Promise<void> {
    await this.store.appendToStream('account-1', events(1));
  }
}

@Module({
  imports: [ObservabilityModule.forRoot({ isGlobal: true, prometheus: false, health: false })],
  providers: [
    Transfers,
    {
      provide: 'EVENT_STORE',
      inject: [ObservabilityService],
      useFactory: (observability: ObservabilityService) =>
        observability.instrumentEventStore(getInMemoryEventStore(), emmettAdapter),
    },
  ],
})
class AppModule {}

describe('the span of a command', () => {
  let sdk: RecordingSdk;
  let app: Awaited<ReturnType<typeof NestFactory.createApplicationContext>>;

  beforeEach(async () => {
    sdk = new RecordingSdk();
    app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  });

  afterEach(async () => {
    await app.close();
    sdk.close();
  });

  it('The span of a command counts the events and streams that its own appends wrote', async () => {
    await app.get(Transfers).transfer();
    const { attributes } = sdk.span('command Transfer');
    expect(attributes).toMatchObject({ 'events.count': 6, 'streams.count': 2 });
    expect(sdk.span('command Book').attributes).toMatchObject({
      'events.count': 4,
      'streams.count': 1,
    });
    expect(sdk.span('query Report').attributes).not.toHaveProperty('events.count');
  });

  it('The span of a command has the number of events that its option gives, when there is one', async () => {
    await app.get(Transfers).told();
    expect(sdk.span('command Told').attributes).toMatchObject({
      'events.count': 7,
      'streams.count': 1,
    });
  });
});
