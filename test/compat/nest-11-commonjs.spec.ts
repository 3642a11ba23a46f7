import { describeStockApplication } from './stock-application.js';

describeStockApplication({
  template: 'nest11-commonjs',
  projects: { 'tsconfig.json': 'dist', 'tsconfig.classic.json': 'dist-classic' },
  peers: [
    '@nestjs/cqrs@^11.0.0',
    '@nestjs/terminus@^11.0.0',
    '@willsoto/nestjs-prometheus@^6.0.2',
    'prom-client@^15.0.0',
  ],
  // As `nest new` of Nest 11 has it.
  jest: [
    '@nestjs/testing@^11.0.1',
    '@types/jest@^30.0.0',
    '@types/supertest@^7.0.0',
    'jest@^30.0.0',
    'supertest@^7.0.0',
    'ts-jest@^29.2.5',
  ],
});
