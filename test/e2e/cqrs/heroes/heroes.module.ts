import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import {
  Chronicle,
  DragonKilledHandler,
  DropItemHandler,
  FameHandler,
  GetHeroHandler,
  HeroSagas,
  KillDragonHandler,
} from './handlers.js';
import { HeroRepository } from './hero.js';
import { GetHeroQuery, KillDragonCommand } from './messages.js';

@Controller('heroes')
class HeroesController {
  constructor(
    readonly commands: CommandBus,
    readonly queries: QueryBus,
  ) {}

  @Post(':id/kill')
  async kill(@Param('id') id: string, @Body() { dragonId }: { dragonId: string }) {
    return { kills: await this.commands.execute(new KillDragonCommand(id, dragonId)) };
  }

  @Get(':id')
  find(@Param('id') id: string): Promise<object> {
    return this.queries.execute(new GetHeroQuery(id));
  }
}

@Module({
  imports: [CqrsModule],
  controllers: [HeroesController],
  providers: [
    HeroRepository,
    Chronicle,
    KillDragonHandler,
    DropItemHandler,
    DragonKilledHandler,
    FameHandler,
    GetHeroHandler,
    HeroSagas,
  ],
})
export class HeroesModule {}
