import { Injectable } from '@nestjs/common';
import {
  CommandHandler,
  EventPublisher,
  EventsHandler,
  type ICommand,
  type ICommandHandler,
  type IEvent,
  type IEventHandler,
  type IQueryHandler,
  ofType,
  QueryHandler,
  Saga,
} from '@nestjs/cqrs';
import { delay, map, type Observable } from 'rxjs';
import { HeroRepository } from './hero.js';
import {
  DragonKilledEvent,
  DropItemCommand,
  GetHeroQuery,
  ItemFoundEvent,
  KillDragonCommand,
} from './messages.js';

@CommandHandler(KillDragonCommand)
export class KillDragonHandler implements ICommandHandler<KillDragonCommand> {
  constructor(
    readonly heroes: HeroRepository,
    readonly publisher: EventPublisher,
  ) {}

  async execute({ heroId, dragonId }: KillDragonCommand): Promise<number> {
    const hero = this.publisher.mergeObjectContext(await this.heroes.find(heroId));
    hero.killDragon(dragonId);
    hero.commit();
    return hero.kills.length;
  }
}

@CommandHandler(DropItemCommand)
export class DropItemHandler implements ICommandHandler<DropItemCommand> {
  constructor(
    readonly heroes: HeroRepository,
    readonly publisher: EventPublisher,
  ) {}

  async execute({ heroId, item }: DropItemCommand): Promise<void> {
    const hero = this.publisher.mergeObjectContext(await this.heroes.find(heroId));
    hero.addItem(item);
    hero.commit();
  }
}

@Injectable()
export class Chronicle {
  readonly lines: string[] = [];
}

@EventsHandler(DragonKilledEvent)
export class DragonKilledHandler implements IEventHandler<DragonKilledEvent> {
  constructor(readonly chronicle: Chronicle) {}

  handle({ heroId, dragonId }: DragonKilledEvent): void {
    this.chronicle.lines.push(`${heroId} killed ${dragonId}`);
  }
}

@EventsHandler(ItemFoundEvent, DragonKilledEvent)
export class FameHandler implements IEventHandler<ItemFoundEvent | DragonKilledEvent> {
  fame = 0;

  async handle(event: ItemFoundEvent | DragonKilledEvent): Promise<void> {
    this.fame += event instanceof DragonKilledEvent ? 10 : 1;
  }
}

@QueryHandler(GetHeroQuery)
export class GetHeroHandler implements IQueryHandler<GetHeroQuery> {
  constructor(readonly heroes: HeroRepository) {}

  async execute({ heroId }: GetHeroQuery): Promise<object> {
    const { id, kills, items } = await this.heroes.find(heroId);
    return { id, kills, items };
  }
}

@Injectable()
export class HeroSagas {
  @Saga()
  dragonKilled = (events: Observable<IEvent>): Observable<ICommand> =>
    events.pipe(
      ofType(DragonKilledEvent),
      delay(5),
      map(({ heroId }) => new DropItemCommand(heroId, 'ancient sword')),
    );
}
