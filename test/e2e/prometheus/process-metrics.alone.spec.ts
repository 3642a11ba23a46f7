import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import promClient from 'prom-client';
import { expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';

it('The metrics of the process begin when the application has started, before anybody reads them', async () => {
  const collect = vi.spyOn(promClient, 'collectDefaultMetrics');
  @Module({ imports: [ObservabilityModule.forRoot()] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  expect(collect).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(collect).toHaveBeenCalledTimes(1));
  await app.close();
});
