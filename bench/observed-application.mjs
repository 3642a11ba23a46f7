// Nest applications with handlers that the library observes.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule } from '@eventcore/nestjs-observability';

/** Puts a decorator on a method, as the compiler would. */
export function decorate(target, key, ...decorators) {
  for (const decorator of decorators.toReversed()) {
    const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
    const replaced = decorator(target.prototype, key, descriptor) ?? descriptor;
    Object.defineProperty(target.prototype, key, replaced);
  }
}

/** An application with one provider, observed. */
export async function observe(provider, options = {}) {
  class BenchModule {}
  Injectable()(provider);
  Module({
    imports: [ObservabilityModule.forRoot({ ...options, prometheus: false, health: false })],
    providers: [provider],
  })(BenchModule);
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: false });
  return { app, handler: app.get(provider) };
}
