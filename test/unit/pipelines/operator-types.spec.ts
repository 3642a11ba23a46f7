import { filter, from, lastValueFrom, map, type Observable, of, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type PipelineLimits,
  Pipelines,
  type StreamOptions,
} from '../../../lib/pipelines/index.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

interface Trade {
  readonly venue: string;
  readonly at?: Date;
}

interface EuropeanTrade extends Trade {
  readonly venue: 'eu';
}

const isEuropean = (trade: Trade): trade is EuropeanTrade => trade.venue === 'eu';

const flow = new Pipelines(makeRegistry().registry).pipeline('trades');
const trades: Observable<Trade> = from([{ venue: 'eu' }, { venue: 'us' }]);

describe('the types of pipelines', () => {
  it('A step keeps the type predicate of a filter', async () => {
    const step = flow.step('only_eu', isEuropean, { type: 'filter' });
    expectTypeOf(step).toEqualTypeOf(isEuropean);
    const european = trades.pipe(flow.stream('in'), filter(step));
    expectTypeOf(european).toEqualTypeOf<Observable<EuropeanTrade>>();
    expect(await lastValueFrom(european.pipe(toArray()))).toEqual([{ venue: 'eu' }]);
  });

  it('A step keeps the parameters, the overloads and the result of its function', () => {
    function sizeOf(of: string): number;
    function sizeOf(of: readonly unknown[]): bigint;
    function sizeOf(of: string | readonly unknown[]): number | bigint {
      return typeof of === 'string' ? of.length : BigInt(of.length);
    }
    const step = flow.step('size', sizeOf);
    expectTypeOf(step('four')).toEqualTypeOf<number>();
    expectTypeOf(step([])).toEqualTypeOf<bigint>();
    expect([step('four'), step([])]).toEqual([4, 0n]);
    // @ts-expect-error -- a number is no parameter of the function
    const wrong = (): unknown => step(4);
    expect(wrong).toThrow('Cannot convert undefined to a BigInt');
  });

  it.each(['mergeMap', 'concatMap', 'switchMap', 'exhaustMap'] as const)(
    'The operator %s takes the event from the stream before it and gives what its work emits',
    async (operator) => {
      const venues = trades.pipe(
        flow.stream('in'),
        flow[operator]('venue', async ({ venue }) => venue.length),
      );
      expectTypeOf(venues).toEqualTypeOf<Observable<number>>();
      const ofUnion = trades.pipe(
        flow[operator]('union', (it) => (isEuropean(it) ? of(1) : Promise.resolve('us'))),
      );
      expectTypeOf(ofUnion).toEqualTypeOf<Observable<number | string>>();
      expect(await lastValueFrom(venues)).toBe(2);
    },
  );

  it('A projection of another event, and one whose result is no Observable, do not compile', () => {
    const byPrice = ({ price }: { readonly price: number }) => of(price);
    // @ts-expect-error -- a trade has no price
    const ofOtherEvent = trades.pipe(flow.concatMap('price', byPrice));
    // @ts-expect-error -- a number is no ObservableInput
    const ofNumber = trades.pipe(flow.mergeMap('number', () => 1));
    // @ts-expect-error -- the name of the stage comes first
    const unnamed = (): unknown => flow.mergeMap(({ venue }: Trade) => of(venue));
    const venue = flow.concatMap('venue', (it: Trade) => of(it.venue));
    // @ts-expect-error -- the next operator takes numbers
    const ofOtherResult = trades.pipe(venue, map(Math.abs));
    expect([ofOtherEvent, ofNumber, ofOtherResult].every((it) => 'subscribe' in it)).toBe(true);
    expect(unnamed).not.toThrow();
  });

  it('Options are absent or have a value, with exactOptionalPropertyTypes', () => {
    const options: StreamOptions<Trade> = { eventTime: ({ at }) => at };
    expectTypeOf(flow.stream('in', options)).toEqualTypeOf(flow.stream<Trade>('in'));
    // @ts-expect-error -- a role that is undefined is not an absent one
    const undefinedRole: StreamOptions<Trade> = { role: undefined };
    expect(Object.keys(undefinedRole)).toEqual(['role']);
    expectTypeOf(flow.health().reason).toEqualTypeOf<string | undefined>();
    // @ts-expect-error -- a limit is a number
    const limits: PipelineLimits = { errorRatio: '1' };
    expect(limits).toEqual({ errorRatio: '1' });
  });
});
