export class KillDragonCommand {
  constructor(
    readonly heroId: string,
    readonly dragonId: string,
  ) {}
}

export class DropItemCommand {
  constructor(
    readonly heroId: string,
    readonly item: string,
  ) {}
}

export class DragonKilledEvent {
  constructor(
    readonly heroId: string,
    readonly dragonId: string,
  ) {}
}

export class ItemFoundEvent {
  constructor(
    readonly heroId: string,
    readonly item: string,
  ) {}
}

export class GetHeroQuery {
  constructor(readonly heroId: string) {}
}
