import {
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  Module,
  SetMetadata,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import helmet from 'helmet';
import type { Trial } from './main.js';
import { LOAD, shop } from './shop.js';

const Public = () => SetMetadata('isPublic', true);

@Injectable()
class TokenGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.get<boolean>('isPublic', context.getHandler())) return true;
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return request.headers['authorization'] === 'Bearer shop';
  }
}

export const trial: Trial = {
  headers: { authorization: 'Bearer shop' },
  requests: [
    ...LOAD.map((it) => it.replace(' /', ' /api/v1/')),
    'GET /orders/hat',
    'GET /api/v2/orders/hat',
  ],
  options: () => {
    const shown = { decorators: [Public()], excludeFromGlobalPrefix: true };
    return { prometheus: shown, health: shown };
  },
  create: async (imports: DynamicModule[]) => {
    @Module({
      controllers: shop.controllers,
      providers: [...shop.providers, { provide: APP_GUARD, useClass: TokenGuard }],
      imports,
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: ['error'] });
    app.use(helmet());
    app.setGlobalPrefix('api');
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    return app;
  },
};
