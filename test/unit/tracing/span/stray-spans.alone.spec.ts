import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { concatMap, lastValueFrom, Subject, toArray } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Command } from '../../../../lib/index.js';
import { RecordingSdk, startApplication } from './traced-application.js';

@Injectable()
class Orders {
  @Command('Produce')
  produce(work: () => void): void {
    work();
  }

  @Command('Handle')
  async handle(order: number): Promise<number> {
    await turn();
    return order;
  }
}

let sdk: RecordingSdk;
let application: Awaited<ReturnType<typeof startApplication<Orders>>>;

beforeEach(async () => {
  sdk = new RecordingSdk();
  application = await startApplication(Orders);
});

afterEach(async () => {
  await application.close();
  sdk.close();
});

const hints = () => application.diagnose().hints.filter((it) => it.includes('of another event'));

it('A diagnosis hints at handlers behind concatMap, whose spans belong to another event', async () => {
  const { handler: orders } = application;
  const source = new Subject<number>();
  const handled = lastValueFrom(
    source.pipe(
      concatMap((it) => orders.handle(it)),
      toArray(),
    ),
  );
  for (const order of [1, 2, 3]) orders.produce(() => source.next(order));
  source.complete();
  expect(await handled).toEqual([1, 2, 3]);
  const [first] = sdk.spans().filter((it) => it.name === 'command Produce');
  const parents = sdk.spans().filter((it) => it.name === 'command Handle');
  expect(parents.map((it) => it.parentSpanContext?.spanId)).toEqual(
    Array.from({ length: 3 }, () => first?.spanContext().spanId),
  );
  expect(hints()).toEqual([
    '2 spans "command Handle" began after their parent had ended, several under the same one. Behind concatMap or mergeMap of rxjs it is the ' +
      'span of another event: use the operators of pipelines().',
  ]);
});

it('A diagnosis hints at no call that outlives its caller', async () => {
  const { handler: orders } = application;
  const calls: Promise<number>[] = [];
  for (const order of [1, 2, 3])
    orders.produce(() => calls.push(turn().then(() => orders.handle(order))));
  expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  expect(hints()).toEqual([]);
});
