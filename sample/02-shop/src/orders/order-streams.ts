import { setTimeout as pause } from 'node:timers/promises';
import { currentObservation } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import { EventStore, isVersionConflict } from '../events/event-store.js';
import type { OrderEvent } from '../events/shop-event.js';
import { FaultInjection } from './fault-injection.js';
import { type ChangedOrder, evolve, type Order } from './order.js';

export type Decision = (order: Order | undefined) => OrderEvent;

const MAX_ATTEMPTS = 5;
const BACKOFF_MS = 5;

/** One stream per order; a decision taken on an outdated order is taken again. */
@Injectable()
export class OrderStreams {
  constructor(
    private readonly events: EventStore,
    private readonly faults: FaultInjection,
  ) {}

  async decide(orderId: string, decision: Decision): Promise<ChangedOrder> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(orderId, decision);
      } catch (error) {
        if (!isVersionConflict(error) || attempt === MAX_ATTEMPTS) throw error;
        currentObservation()?.retry(error);
        await pause(Math.random() * BACKOFF_MS * attempt);
      }
    }
  }

  private async attempt(orderId: string, decision: Decision): Promise<ChangedOrder> {
    const stream = `order-${orderId}`;
    const { state, version } = await this.events.fold(stream, evolve);
    const event = decision(state);
    await this.faults.strike();
    const position = await this.events.append(stream, event, version);
    return { ...evolve(state, event), position };
  }
}
