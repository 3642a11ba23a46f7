import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Trial } from './main.js';
import { LOAD, shop } from './shop.js';

export const trial: Trial = {
  requests: LOAD,
  create: (imports: DynamicModule[]) => {
    @Module({ ...shop, imports })
    class AppModule {}
    return NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
      logger: ['error'],
    });
  },
};
