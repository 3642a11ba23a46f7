import { ObservabilityService } from '@eventcore/nestjs-observability';
import { INestApplication } from '@nestjs/common';
import { Test, TestingModule } from '@nestjs/testing';
import request from 'supertest';
import { App } from 'supertest/types';
import { AppModule } from './../src/app.module';
import { Orders } from './../src/orders';
import { PlaceOrder } from './../src/place-order';

const ONE_ORDER = 'eventcore_commands_total{command_type="PlaceOrder",service="compat"} 1\n';

describe('AppModule (e2e)', () => {
  let app: INestApplication<App>;

  beforeEach(async () => {
    const moduleFixture: TestingModule = await Test.createTestingModule({
      imports: [AppModule],
    }).compile();

    app = moduleFixture.createNestApplication();
    await app.init();
  });

  it('gathers the call of a decorated handler', async () => {
    await app.get(Orders).place(new PlaceOrder('hat'));
    expect(await app.get(ObservabilityService).gather()).toContain(ONE_ORDER);
  });

  it('/metrics (GET)', async () => {
    await request(app.getHttpServer()).post('/orders').send({ sku: 'hat' }).expect(201);
    const metrics = await request(app.getHttpServer()).get('/metrics').expect(200);
    expect(metrics.text).toContain(ONE_ORDER);
  });

  afterEach(async () => {
    await app.close();
  });
});
