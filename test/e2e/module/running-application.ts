import type { INestApplication, NestApplicationOptions, ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Lifecycle } from '../../../lib/module/lifecycle.js';
import { ObservabilityService } from '../../../lib/index.js';

export const platforms = ['express', 'fastify'] as const;

/** What an application of a test is made of. */
export interface ApplicationContext extends ModuleMetadata {
  readonly platform?: (typeof platforms)[number];
  /** Address to listen on. @defaultValue 127.0.0.1 */
  readonly host?: string;
  /** Option of Nest. */
  readonly return503OnClosing?: boolean;
  readonly routeConflictPolicy?: NestApplicationOptions['routeConflictPolicy'];
  /** What `main.ts` would do before it listens. */
  configure?(app: INestApplication): void;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType: string | null;
}

/** An application that listens on a port of its own. */
export class RunningApplication {
  readonly app: INestApplication;
  readonly url: string;

  private constructor(app: INestApplication, url: string) {
    this.app = app;
    this.url = url;
  }

  static async start({
    platform = 'express',
    configure,
    host = '127.0.0.1',
    return503OnClosing = false,
    routeConflictPolicy,
    ...metadata
  }: ApplicationContext) {
    const options = {
      logger: false,
      return503OnClosing,
      ...(routeConflictPolicy && { routeConflictPolicy }),
    } as const;
    const testing = await Test.createTestingModule(metadata).compile();
    const app =
      platform === 'express'
        ? testing.createNestApplication(options)
        : testing.createNestApplication(new FastifyAdapter(), options);
    configure?.(app);
    try {
      await app.listen(0, host);
    } catch (error) {
      await app.close().catch(() => undefined);
      throw error;
    }
    return new RunningApplication(app, await app.getUrl());
  }

  async get(path: string, init?: RequestInit): Promise<Answer> {
    return answerOf(await fetch(this.url + path, init));
  }

  get service(): ObservabilityService {
    return this.app.get(ObservabilityService, { strict: false });
  }

  /** Base of the metrics endpoint when it has a port of its own. */
  get metricsUrl(): string {
    return `http://127.0.0.1:${this.app.get(Lifecycle, { strict: false }).metricsPort}`;
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  return {
    status: response.status,
    text: await response.text(),
    contentType: response.headers.get('content-type'),
  };
}
