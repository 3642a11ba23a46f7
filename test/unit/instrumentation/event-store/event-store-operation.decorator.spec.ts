import { SetMetadata } from '@nestjs/common';
import 'reflect-metadata';
import { EMPTY, lastValueFrom, type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Command, ConfigurationError, EventStoreOperation } from '../../../../lib/index.js';
import type { EventStoreOperationOptions } from '../../../../lib/integrations/event-store/index.js';
import { Instrumentation } from '../../../../lib/instrumentation/instrumentation.js';
import { ErrorClassifier } from '../../../../lib/kernel/errors/error-classification.js';
import { type ErrorDescription } from '../../../../lib/kernel/errors/error-description.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import { ManualClock } from '../../../../lib/testing/index.js';

class Outdated extends Error {}

// oxlint-disable-next-line unicorn/no-thenable -- a query builder is one
const lazy = { then: () => expect.unreachable('a lazy thenable is not to be started') };

class Repository {
  readonly #events: string[] = [];

  @SetMetadata('role', 'writer')
  @EventStoreOperation('append', {
    stream: (stream: string) => stream,
    events: (_result, _stream, events: readonly string[]) => events,
    conflict: (error) => error instanceof Outdated,
  })
  async append(stream: string, events: readonly string[], isOutdated = false): Promise<number> {
    await Promise.resolve(stream);
    if (isOutdated) throw new Outdated();
    return this.#events.push(...events);
  }

  @EventStoreOperation('read', { stream: (stream: string) => stream })
  readAtOnce(_stream: string): readonly string[] {
    return this.#events;
  }

  @EventStoreOperation('read_all', { category: 'all' })
  async *readAll(): AsyncGenerator<string> {
    yield* this.#events;
  }

  @EventStoreOperation('follow')
  follow(): Observable<string> {
    return of('one', 'two');
  }

  @EventStoreOperation('append_nothing')
  appendNothing(): Observable<never> {
    return EMPTY;
  }

  @EventStoreOperation('lazy')
  query(): typeof lazy {
    return lazy;
  }

  undecorated(): void {}
}

class Derived extends Repository {
  @EventStoreOperation('append', { stream: (stream: string) => stream, events: () => 1 })
  override append(stream: string, events: readonly string[]): Promise<number> {
    return super.append(stream, events);
  }
}

/** An instance that is bound to an application, and what was recorded of it. */
function bound<T extends Repository>(type: new () => T) {
  const told: unknown[] = [];
  const clock = new ManualClock();
  const faults = new Faults(clock);
  const instrumentation = new Instrumentation();
  const kind = ({ type: error, category }: ErrorDescription) => `${error} ${category}`;
  instrumentation.connect({
    observer: { bind: () => expect.unreachable('no handler') },
    context: { clock, faults, classifier: new ErrorClassifier({}, () => false, faults) },
    handlerLabels: {},
    eventStore: {
      bind: (operation) => ({
        succeeded: () => told.push(`${operation} succeeded`),
        failed: (_seconds, error) => told.push(`${operation} failed: ${kind(error)}`),
        interrupted: (error) => told.push(`interrupted: ${kind(error)}`),
        written: (category, events) => told.push(`${events} to ${category}`),
        read: (category, events) => told.push(`${events} of ${category}`),
        conflicted: (category) => told.push(`conflict in ${category}`),
      }),
      streamVersion: () => undefined,
    },
  });
  const repository = new type();
  instrumentation.bind(repository);
  return { repository, told, release: () => instrumentation.release() };
}

describe('@EventStoreOperation', () => {
  it('@EventStoreOperation counts what the method appends', async () => {
    const { repository, told } = bound(Repository);
    expect(await repository.append('cart-1', ['mug', 'pot'])).toBe(2);
    expect(told).toEqual(['2 to cart', 'append succeeded']);
  });

  it('@EventStoreOperation counts a conflict, and leaves the error as it is', async () => {
    const { repository, told } = bound(Repository);
    await expect(repository.append('cart-1', [], true)).rejects.toBeInstanceOf(Outdated);
    expect(told).toEqual(['append failed: Outdated permanent', 'conflict in cart']);
  });

  it('@EventStoreOperation counts what the method returns at once, as an iterator and as an Observable', async () => {
    const { repository, told } = bound(Repository);
    await repository.append('cart-1', ['mug', 'pot']);
    told.length = 0;
    repository.readAtOnce('cart-1');
    expect(told.splice(0)).toEqual(['2 of cart', 'read succeeded']);
    const skus: string[] = [];
    for await (const sku of repository.readAll()) skus.push(sku);
    expect(skus).toEqual(['mug', 'pot']);
    expect(told.splice(0)).toEqual(['1 of all', '1 of all', 'read_all succeeded']);
    expect(await lastValueFrom(repository.follow())).toBe('two');
    expect(told.splice(0)).toEqual(['1 of unknown', '1 of unknown', 'follow succeeded']);
    await lastValueFrom(repository.appendNothing(), { defaultValue: undefined });
    expect(told).toEqual(['0 to unknown', 'append_nothing succeeded']);
  });

  it('@EventStoreOperation leaves a lazy thenable to its caller', () => {
    const { repository, told } = bound(Repository);
    expect(repository.query()).toBe(lazy);
    expect(told).toEqual(['0 of unknown', 'lazy succeeded']);
  });

  it('@EventStoreOperation counts an override once that calls super', async () => {
    const { repository, told } = bound(Derived);
    await repository.append('cart-1', ['mug', 'pot']);
    expect(told).toEqual(['1 to cart', 'append succeeded']);
  });

  it('@EventStoreOperation keeps name, length and metadata of the method', () => {
    const { append } = Repository.prototype;
    expect([append.name, append.length]).toEqual(['append', 2]);
    expect(Reflect.getMetadata('role', append)).toBe('writer');
  });

  it('@EventStoreOperation is silent without an application, and after one', async () => {
    expect(await new Repository().append('cart-1', ['mug'])).toBe(1);
    const { repository, told, release } = bound(Repository);
    release();
    expect(await repository.append('cart-1', ['mug'])).toBe(1);
    expect(told).toEqual([]);
  });

  it.each<[operation: string, options: unknown, subject: string]>([
    ['', {}, '@EventStoreOperation on Wrong.append, operation'],
    ['append', { stream: 'cart' }, '@EventStoreOperation on Wrong.append, stream'],
    ['append', { steam: () => 1 }, '@EventStoreOperation on Wrong.append, steam'],
    ['append', { effect: 'write' }, '@EventStoreOperation on Wrong.append, effect'],
    ['append', null, '@EventStoreOperation on Wrong.append'],
  ])('@EventStoreOperation refuses %o with %o', (operation, options, subject) => {
    const decorate = () => {
      class Wrong {
        @EventStoreOperation(operation, options as EventStoreOperationOptions)
        append(): void {}
      }
      return Wrong;
    };
    expect(problemOf(decorate)).toMatchObject({ code: 'OBS_HANDLER_OPTION', subject });
  });

  it('@EventStoreOperation refuses what is no method, or is decorated already', () => {
    const twice = () => {
      class Twice {
        @Command()
        @EventStoreOperation('append')
        append(): void {}
      }
      return Twice;
    };
    const fixed = () => {
      class Fixed {
        @EventStoreOperation('append')
        static append(): void {}
      }
      return Fixed;
    };
    const bare = () => {
      class Bare {
        @(EventStoreOperation as unknown as MethodDecorator)
        append(): void {}
      }
      return Bare;
    };
    for (const decorate of [twice, fixed, bare])
      expect(problemOf(decorate)?.code).toBe('OBS_HANDLER_TARGET');
  });
});

function problemOf(decorate: () => unknown) {
  try {
    decorate();
    return undefined;
  } catch (error) {
    const { code, problems } = error as ConfigurationError;
    return { code, ...problems[0] };
  }
}
