import { Injectable, NotFoundException } from '@nestjs/common';
import { AggregateRoot } from '@nestjs/cqrs';
import { DragonKilledEvent, ItemFoundEvent } from './messages.js';

export class Hero extends AggregateRoot {
  readonly kills: string[] = [];
  readonly items: string[] = [];

  constructor(readonly id: string) {
    super();
  }

  killDragon(dragonId: string): void {
    this.kills.push(dragonId);
    this.apply(new DragonKilledEvent(this.id, dragonId));
  }

  addItem(item: string): void {
    this.items.push(item);
    this.apply(new ItemFoundEvent(this.id, item));
  }
}

@Injectable()
export class HeroRepository {
  readonly #heroes = new Map([['siegfried', new Hero('siegfried')]]);

  async find(id: string): Promise<Hero> {
    const hero = this.#heroes.get(id);
    if (hero === undefined) throw new NotFoundException(`no hero ${id}`);
    return hero;
  }
}
