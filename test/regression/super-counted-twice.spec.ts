// A decorated override that calls a decorated `super` is one command, not two; also when it calls it after an await.
import { Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Command } from '../../lib/index.js';
import { commands, series, start } from '../e2e/handlers/application.js';

class Base {
  @Command('Place')
  async place(): Promise<string> {
    return 'placed';
  }
}

@Injectable()
class Audited extends Base {
  @Command('Place')
  override async place(): Promise<string> {
    await Promise.resolve();
    return `${await super.place()}, audited`;
  }
}

it('An override that calls super counts once', async () => {
  const app = await start({ providers: [Audited] });
  expect(await app.get(Audited).place()).toBe('placed, audited');
  expect(commands(app)).toEqual({ Place: 1 });
  expect(series(app, 'eventcore_commands_concurrent')).toEqual({ Place: 0 });
});
