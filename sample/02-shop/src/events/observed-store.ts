import { isExpectedVersionConflictError } from '@event-driven-io/emmett';
import { ObservabilityService } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';

/** An operation and how many events it appended or read. */
export interface StoreOperation<Result> {
  readonly name: 'append' | 'read' | 'read_all';
  readonly category: string;
  run(): Promise<Result>;
  eventsOf(result: Result): number;
}

/** Records what the shop does with its event store. */
@Injectable()
export class ObservedStore {
  constructor(private readonly observability: ObservabilityService) {}

  async observe<Result>(operation: StoreOperation<Result>): Promise<Result> {
    const { name, category } = operation;
    const observed = this.observability.startEventStoreOperation(name, category);
    try {
      const result = await operation.run();
      observed.succeed({ events: operation.eventsOf(result) });
      return result;
    } catch (error) {
      observed.fail(error, { conflict: isExpectedVersionConflictError(error) });
      throw error;
    }
  }
}

/** `order` of `order-7f3a…`. */
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));
