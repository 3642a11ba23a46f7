// A fault of the instrumentation makes every request fail.
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { expect, it } from 'vitest';
import { Command } from '../../lib/index.js';
import { commands, series, start } from '../e2e/handlers/application.js';

const broken = (): never => {
  throw new Error('instrumentation');
};

@Controller()
class Doors {
  @Get()
  @Command({ name: 'Open', labels: { tenant: broken }, events: broken, outcome: broken })
  open(): string {
    return 'open';
  }

  @Get('shut')
  @Command({ name: 'Shut', outcome: broken })
  shut(): never {
    throw new TypeError('shut');
  }
}

it('Requests are answered, and the faults are counted', async () => {
  const clock = { monotonicMs: () => 0, wallMs: () => 0 };
  const app = await start({ controllers: [Doors] }, { clock, handlerLabels: { tenant: ['a'] } });
  clock.monotonicMs = broken;
  const http = request(app.getHttpServer());
  await http.get('/').expect(200, 'open');
  await http.get('/shut').expect(500);
  clock.monotonicMs = () => 0;
  const finished = Object.values(commands(app)).reduce((sum, it) => sum + it, 0);
  expect(finished).toBe(2);
  const faults = series(app, 'eventcore_observability_errors_total');
  expect(faults).toMatchObject({ labels: 1, events: 1, classifier: 1 });
  // New series and both calls read the clock.
  expect(faults['clock']).toBeGreaterThanOrEqual(4);
});
