import {
  BehaviorSubject,
  concat,
  firstValueFrom,
  from,
  isObservable,
  lastValueFrom,
  map,
  NEVER,
  Observable,
  of,
  ReplaySubject,
  Subject,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { currentObservation } from '../../../../lib/instrumentation/calls/current-observation.js';
import { Query } from '../../../../lib/kinds/query.decorator.js';
import { Recording } from '../recording.js';

class Prices {
  @Query('Watch')
  watch<T>(source: T): T {
    return source;
  }

  @Query('Forward')
  forward<T>(source: T): T {
    return this.watch(source);
  }

  @Command({ name: 'Import', context: true })
  import(): Observable<string | undefined> {
    return new Observable((subscriber) => {
      currentObservation()?.retry(new TypeError('once more'));
      subscriber.next(currentObservation()?.name);
      subscriber.complete();
    });
  }

  @Command({ name: 'Append', events: (last) => last as number })
  append(): Observable<number> {
    return of(1, 2, 3);
  }
}

function observe<T>(source: T) {
  const app = new Recording();
  return { app, result: app.make(Prices).watch(source) };
}

describe('the Observable of a handler', () => {
  it('The Observable of a handler is no observation while nobody has subscribed', () => {
    const { app } = observe(NEVER);
    expect(app.active).toBe(0);
    expect(app.ended).toEqual([]);
  });

  it('The Observable of a handler is one observation per subscription, from subscribe to complete', () => {
    const subject = new Subject<number>();
    const { app, result } = observe(subject.pipe(map((it) => it * 2)));
    const seen: unknown[] = [];
    app.clock.advance(1000);
    result.subscribe((it) => seen.push(it));
    app.clock.advance(5);
    result.subscribe({ next: (it) => seen.push(it), complete: () => seen.push('complete') });
    expect(app.active).toBe(2);
    subject.next(4);
    app.clock.advance(5);
    subject.complete();
    expect(seen).toEqual([8, 8, 'complete']);
    expect(app.ended).toEqual(['Watch success 10ms', 'Watch success 5ms']);
    expect(app.active).toBe(0);
  });

  it('The Observable of a handler fails with its error', () => {
    const { app, result } = observe(
      concat(
        of(1),
        throwError(() => null),
      ),
    );
    const seen: unknown[] = [];
    result.subscribe({ next: (it) => seen.push(it), error: (it) => seen.push(it) });
    expect(seen).toEqual([1, null]);
    expect(app.ended).toEqual(['Watch failure 0ms unknown']);
  });

  it('The Observable of a handler ends when its subscriber goes', () => {
    const { app, result } = observe(NEVER);
    const subscription = result.subscribe();
    expect(app.active).toBe(1);
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(app.ended).toEqual(['Watch success 0ms']);
    expect(app.active).toBe(0);
  });

  it('The Observable of a handler tells its last value to the events hook', () => {
    const app = new Recording();
    app.make(Prices).append().subscribe();
    expect(app.ended).toEqual(['Append success 0ms 3']);
  });

  it('The Observable of a handler may emit without end as long as its consumer takes', () => {
    let emitted = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next(emitted++);
    });
    const { app, result } = observe(endless);
    const seen: number[] = [];
    result.pipe(take(2)).subscribe((it) => seen.push(it));
    expect(seen).toEqual([0, 1]);
    expect(emitted).toBe(2);
    expect(app.ended).toEqual(['Watch success 0ms']);
  });

  it('The Observable of a handler ends even when its teardown throws', () => {
    const source = new Observable(() => () => {
      throw new Error('teardown');
    });
    const { app, result } = observe(source);
    expect(() => result.subscribe().unsubscribe()).toThrow('teardown');
    expect(app.active).toBe(0);
    expect(app.ended).toEqual(['Watch success 0ms']);
  });

  it('The Observable of a handler fails when its subscribe function throws', () => {
    const { app, result } = observe(
      new Observable(() => {
        throw new RangeError('at once');
      }),
    );
    let caught: unknown;
    result.subscribe({ error: (error) => (caught = error) });
    expect(caught).toEqual(new RangeError('at once'));
    expect(app.ended).toEqual(['Watch failure 0ms RangeError']);
  });

  it('The Observable of a handler is observed however it is consumed', async () => {
    const { app, result } = observe(of(1, 2));
    expect(await lastValueFrom(result)).toBe(2);
    expect(await firstValueFrom(result.pipe(map((it) => it + 1)))).toBe(2);
    expect(await lastValueFrom(from(result))).toBe(2);
    await result.forEach(() => undefined);
    expect(app.ended).toEqual(Array(4).fill('Watch success 0ms'));
  });

  it('The Observable of a handler is observed by both handlers when one returns what the other one returned', () => {
    const app = new Recording();
    const result = app.make(Prices).forward(throwError(() => new TypeError('inner')));
    result.subscribe({ error: () => undefined });
    expect(app.ended).toEqual(['Watch failure 0ms TypeError', 'Forward failure 0ms TypeError']);
    expect(app.active).toBe(0);
  });

  it('The Observable of a handler runs its subscriptions as part of the handler, each with attempts of its own', async () => {
    const app = new Recording();
    const result = app.make(Prices).import();
    expect([await firstValueFrom(result), await lastValueFrom(result)]).toEqual([
      'Import',
      'Import',
    ]);
    expect(app.ended.filter((it) => it.includes('success'))).toEqual([
      'Import success 0ms attempts=2',
      'Import success 0ms attempts=2',
    ]);
    expect(currentObservation()).toBe(undefined);
  });
});

describe('a Subject of a handler', () => {
  class Ticker extends BehaviorSubject<number> {
    #ticks = 0;
    // oxlint-disable-next-line unicorn/consistent-function-scoping
    readonly label = () => 'ticker';

    get ticks(): number {
      return this.#ticks;
    }

    set ticks(ticks: number) {
      this.#ticks = ticks;
    }

    tick(): this {
      this.next(++this.#ticks);
      return this;
    }
  }

  it('A Subject of a handler is still a Subject', () => {
    const subject = new BehaviorSubject(1);
    const { app, result } = observe(subject);
    const seen: number[] = [];
    const subscription = result.subscribe((it) => seen.push(it));
    result.next(2);
    subject.next(3);
    expect(seen).toEqual([1, 2, 3]);
    expect([result.value, result.getValue(), result.observed]).toEqual([3, 3, true]);
    expect(result).toBeInstanceOf(BehaviorSubject);
    expect(isObservable(result)).toBe(true);
    subscription.unsubscribe();
    expect(subject.observed).toBe(false);
    expect(app.ended).toEqual(['Watch success 0ms']);
  });

  it('A Subject of a handler can be the consumer of another Observable', () => {
    const subject = new ReplaySubject<number>();
    const { result } = observe(subject);
    of(1, 2).subscribe(result);
    const seen: number[] = [];
    subject.subscribe((it) => seen.push(it));
    expect(seen).toEqual([1, 2]);
  });

  it('A Subject of a handler is observed through asObservable', () => {
    const { app, result } = observe(new BehaviorSubject(1));
    result.asObservable().subscribe().unsubscribe();
    expect(app.ended).toEqual(['Watch success 0ms']);
  });

  it('A Subject of a handler may have private fields behind methods, getters and setters', () => {
    const ticker = new Ticker(0);
    const { result } = observe(ticker);
    result.tick();
    expect(result.ticks).toBe(1);
    result.ticks = 10;
    result.tick();
    expect([ticker.ticks, ticker.value, result.value]).toEqual([11, 11, 11]);
  });

  it('A Subject of a handler has the methods of its class, by name, length and identity', () => {
    const ticker = new Ticker(0);
    const { result } = observe(ticker);
    expect(result.constructor).toBe(Ticker);
    expect(result.label).toBe(ticker.label);
    expect(result.pipe).toBe(ticker.pipe);
    expect(result.tick).toBe(result.tick);
    expect(result.tick.name).toBe('tick');
    expect(result.subscribe.length).toBe(ticker.subscribe.length);
    expect(Object.keys(result)).toEqual(Object.keys(ticker));
  });
});

describe('an Observable of another copy of rxjs', () => {
  class ForeignObservable {
    constructor(readonly values: readonly number[]) {}
    lift(): this {
      return this;
    }
    pipe(operator: (source: this) => unknown): unknown {
      return operator(this);
    }
    subscribe(observer: { next(value: number): void; complete(): void }): { unsubscribe(): void } {
      for (const value of this.values) observer.next(value);
      observer.complete();
      return { unsubscribe: () => undefined };
    }
  }

  it('An Observable of another copy of rxjs is observed, also behind its own operators', () => {
    const { app, result } = observe(new ForeignObservable([1, 2]));
    const seen: number[] = [];
    const observer = { next: (it: number) => seen.push(it), complete: () => undefined };
    result.subscribe(observer);
    result.pipe((source) => source.subscribe(observer));
    expect(seen).toEqual([1, 2, 1, 2]);
    expect(app.ended).toEqual(['Watch success 0ms', 'Watch success 0ms']);
  });
});
