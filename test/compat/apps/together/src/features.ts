// Building blocks of Nest that its samples show, in one application on Express or Fastify: global guard, pipe, filter and
// interceptor, middleware, dynamic, lazy and selected modules, request-scoped and durable providers, versions, hooks.
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  HttpException,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  type PipeTransform,
  Redirect,
  Req,
  RequestMethod,
  Scope,
  SetMetadata,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  ContextIdFactory,
  HttpAdapterHost,
  LazyModuleLoader,
  NestFactory,
  Reflector,
  REQUEST,
} from '@nestjs/core';
import { Command } from '@eventcore/nestjs-observability';
import { map } from 'rxjs';
import type { Trial } from './main.js';
import { LOAD, shop } from './shop.js';

const Roles = (...roles: string[]) => SetMetadata('roles', roles);

class RolesGuard implements CanActivate {
  readonly #reflector = new Reflector();

  canActivate(context: ExecutionContext): boolean {
    const roles = this.#reflector.get<string[]>('roles', context.getHandler());
    if (roles === undefined) return true;
    throw new ForbiddenException(`needs ${roles.join()}`);
  }
}

class Trim implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.trim() : value;
  }
}

class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Catch()
class Problems {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    const problem = { problem: error instanceof Error ? error.message : 'unknown' };
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), problem, status);
  }
}

@Injectable({ scope: Scope.REQUEST })
class Visit {
  constructor(@Inject(REQUEST) private readonly request: { headers: Record<string, string> }) {}

  get agent(): string {
    return this.request.headers['x-agent'] ?? 'none';
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Tenant {
  #seen = 0;

  @Command('SeeTenant')
  see(): number {
    return ++this.#seen;
  }
}

@Injectable()
class Translator {
  @Command('Translate')
  translate(text: string): string {
    return text.toUpperCase();
  }
}

@Module({ providers: [Translator] })
class TranslationModule {}

@Module({})
class GreetingModule {
  static register(greeting: string): DynamicModule {
    const provider = { provide: 'GREETING', useValue: greeting };
    return { module: GreetingModule, providers: [provider], exports: ['GREETING'] };
  }
}

const greetings = GreetingModule.register('hello');

@Controller({ path: 'features', version: VERSION_NEUTRAL })
class FeaturesController {
  constructor(
    @Inject('GREETING') private readonly greeting: string,
    private readonly lazy: LazyModuleLoader,
  ) {}

  @Get('greeting')
  @Header('x-greeted', 'yes')
  hello(): string {
    return this.greeting;
  }

  @Get('admin')
  @Roles('admin')
  admin(): string {
    return 'admin';
  }

  @Get('number/:id')
  number(@Param('id', ParseIntPipe) id: number): number {
    return id;
  }

  @Get('moved')
  @Redirect('/features/greeting', 307)
  moved(): void {}

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }

  @Get('translated/:text')
  async translated(@Param('text') text: string): Promise<string> {
    const module = await this.lazy.load(() => TranslationModule);
    return module.get(Translator).translate(text);
  }

  @Get('stamped')
  stamped(@Req() request: { stamp?: string; raw?: { stamp?: string } }): string {
    return request.stamp ?? request.raw?.stamp ?? 'not stamped';
  }
}

@Controller({ path: 'scoped', version: '2' })
class ScopedController {
  constructor(
    private readonly visit: Visit,
    private readonly tenant: Tenant,
  ) {}

  @Get()
  seen(): object {
    return { agent: this.visit.agent, seen: this.tenant.see() };
  }
}

@Controller({ path: 'health', version: VERSION_NEUTRAL })
class HealthController {
  @Get()
  @HttpCode(503)
  check(): string {
    return 'database down';
  }
}

const hooks: string[] = [];

@Injectable()
class Hooks {
  onModuleDestroy = () => void hooks.push('module destroy');
  beforeApplicationShutdown = (signal?: string) => void hooks.push(`before shutdown ${signal}`);
  onApplicationShutdown = (signal?: string) => void hooks.push(`shutdown ${signal}`);
}

const tenants = new Map<string, ReturnType<typeof ContextIdFactory.create>>();
const byTenant: Parameters<typeof ContextIdFactory.apply>[0] = {
  attach: (own, request: { headers?: Record<string, string> }) => {
    const tenant = request.headers?.['x-tenant'] ?? 'none';
    const shared = tenants.get(tenant) ?? ContextIdFactory.create();
    tenants.set(tenant, shared);
    return { resolve: (it) => (it.isTreeDurable ? shared : own), payload: { tenant } };
  },
};

type Adapter = Parameters<typeof NestFactory.create>[1];

/** An application of all of it. */
export function featuresOn(adapter: () => Promise<Adapter>): Trial {
  return {
    headers: { 'x-version': '2', 'x-tenant': 'acme', 'x-agent': 'test' },
    requests: [
      ...LOAD,
      'GET /features/greeting',
      'GET /features/admin',
      'GET /features/number/7',
      'GET /features/number/seven',
      'GET /features/broken',
      'GET /features/translated/hat',
      'GET /features/translated/cap',
      'GET /features/stamped',
      'GET /scoped',
      'GET /scoped',
      'GET /health',
      'HEAD /features/greeting',
      'OPTIONS /features/greeting',
    ],
    create: async (imports) => {
      @Module({
        imports: [greetings, ...imports],
        controllers: [...shop.controllers, FeaturesController, ScopedController, HealthController],
        providers: [
          ...shop.providers,
          Hooks,
          Tenant,
          Visit,
          { provide: APP_GUARD, useClass: RolesGuard },
          { provide: APP_PIPE, useClass: Trim },
          { provide: APP_INTERCEPTOR, useClass: Envelope },
          { provide: APP_FILTER, useClass: Problems },
        ],
      })
      class AppModule {
        configure(consumer: MiddlewareConsumer): void {
          consumer
            .apply((request: { stamp?: string }, _response: unknown, next: () => void) => {
              request.stamp = 'stamped';
              next();
            })
            .exclude({ path: 'features/greeting', method: RequestMethod.GET })
            .forRoutes(FeaturesController);
        }
      }
      ContextIdFactory.apply(byTenant);
      const app = await NestFactory.create(AppModule, await adapter(), { logger: ['fatal'] });
      app.enableVersioning({
        type: VersioningType.HEADER,
        header: 'x-version',
        defaultVersion: VERSION_NEUTRAL,
      });
      app.enableShutdownHooks();
      return app;
    },
    work: async (url, app) => {
      const moved = await fetch(`${url}/features/moved`, { redirect: 'manual' });
      const selected = app.select(greetings).get<string>('GREETING', { strict: true });
      return { moved: [moved.status, moved.headers.get('location')], selected };
    },
    after: () => hooks,
  };
}

export const trial = featuresOn(async () => {
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
});
