// Patching instances at start-up misses request-scoped handlers; patching prototypes makes two applications one.
import { Injectable, Scope } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { Command } from '../../lib/index.js';
import { commands, start } from '../e2e/handlers/application.js';

@Injectable({ scope: Scope.REQUEST })
class Orders {
  @Command('Place')
  place(): void {}
}

it('A request-scoped handler is observed, by its own application alone', async () => {
  const [one, other] = [await start({ providers: [Orders] }), await start({ providers: [Orders] })];
  for (let i = 0; i < 3; i++) (await one.resolve(Orders, ContextIdFactory.create())).place();
  expect(commands(one)).toEqual({ Place: 3 });
  expect(commands(other)).toEqual({ Place: 0 });
});
