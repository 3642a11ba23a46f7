import { Injectable, Scope } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { context, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { RunningApplication } from '../module/running-application.js';

class Parent {
  @OnEvent('inherited')
  inherited(): void {}
}

@Injectable()
class Listeners extends Parent {
  readonly seen: unknown[] = [];

  @OnEvent('order.placed')
  @OnEvent('order.paid')
  both(order: unknown): void {
    this.seen.push(order);
  }
  @OnEvent('order.*')
  async any(): Promise<void> {
    await this.nested();
  }
  @OnEvent('nested')
  async nested(): Promise<void> {}
  @OnEvent('order.lost')
  throws(): never {
    throw new RangeError('sync');
  }
  @OnEvent('order.lost', { suppressErrors: false })
  async rejects(): Promise<never> {
    throw new SyntaxError('async');
  }
  @OnEvent('imported')
  @Command('Import')
  imported(): void {}
  @OnEvent('traced')
  traced(): string | undefined {
    const span = trace.getSpan(context.active());
    this.seen.push(span?.spanContext().spanId);
    return span?.spanContext().spanId;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @OnEvent('scoped')
  async scoped(): Promise<never> {
    throw new RangeError('scoped');
  }
}

describe('listeners of @nestjs/event-emitter', () => {
  let application: RunningApplication;
  let emitter: EventEmitter2;
  let tracing: ReturnType<typeof registerTracing>;

  beforeAll(async () => {
    tracing = registerTracing();
    application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot(), EventEmitterModule.forRoot({ wildcard: true })],
      providers: [Listeners, Scoped],
    });
    emitter = application.app.get(EventEmitter2);
  });
  afterAll(async () => {
    await application.close();
    tracing.stop();
  });

  async function counts(pattern: string) {
    const { text } = await application.get('/metrics');
    const labels = { transport: 'event_emitter', pattern, side: 'server' };
    return ['success', 'rejected', 'failure'].map((outcome) =>
      sampleOf(text, 'eventcore_messages_total', { ...labels, outcome }),
    );
  }

  it('Each listener counts under the pattern that it is registered for', async () => {
    await emitter.emitAsync('order.placed', { id: 7 });
    await emitter.emitAsync('order.paid', { id: 7 });
    expect(await counts('order.placed')).toEqual([1, 0, 0]);
    expect(await counts('order.paid')).toEqual([1, 0, 0]);
    expect(await counts('order.*')).toEqual([2, 0, 0]);
    // Called by a listener, not delivered.
    expect(await counts('nested')).toEqual([0, 0, 0]);
    await emitter.emitAsync('inherited');
    expect(await counts('inherited')).toEqual([1, 0, 0]);
  });

  it('Errors that the package swallows count, and those that it passes on count once', async () => {
    await expect(emitter.emitAsync('order.lost')).rejects.toThrow(SyntaxError);
    expect(await counts('order.lost')).toEqual([0, 0, 2]);
    await emitter.emitAsync('scoped');
    expect(await counts('scoped')).toEqual([0, 0, 1]);
  });

  it('A listener of the application itself and a call by hand are no messages', async () => {
    let heard = 0;
    const listener = () => heard++;
    emitter.on('order.placed', listener);
    const before = await counts('order.placed');
    application.app.get(Listeners).both({ id: 8 });
    emitter.emit('order.placed', { id: 9 });
    emitter.off('order.placed', listener);
    emitter.emit('order.placed', { id: 9 });
    expect(heard).toBe(1);
    expect(await counts('order.placed')).toEqual([(before[0] ?? 0) + 2, 0, 0]);
  });

  it('A listener that is a command as well is both', async () => {
    await emitter.emitAsync('imported');
    const { text } = await application.get('/metrics');
    expect(sampleOf(text, 'eventcore_commands_total', { command_type: 'Import' })).toBe(1);
    expect(await counts('imported')).toEqual([1, 0, 0]);
  });

  it('A listener runs in a span of its own below the span that emits the event', async () => {
    const emitted = await tracing.tracer.startActiveSpan('emitting', async (span) => {
      const [id] = await emitter.emitAsync('traced');
      span.end();
      return { id: id as string, parent: span.spanContext() };
    });
    const made = tracing.spans().find(({ name }) => name === 'message event_emitter traced');
    expect(made?.spanContext().spanId).toBe(emitted.id);
    expect(made?.parentSpanContext?.spanId).toBe(emitted.parent.spanId);
    expect(made?.attributes).toMatchObject({
      'message.transport': 'event_emitter',
      'message.pattern': 'traced',
      'message.outcome': 'success',
    });
  });
});
