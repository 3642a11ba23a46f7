import { FastifyAdapter } from '@nestjs/platform-fastify';
import { featuresOn } from './features.js';

export const trial = featuresOn(async () => new FastifyAdapter());
