import { describeStockApplication } from './stock-application.js';

describeStockApplication({
  template: 'nest12-esm',
  projects: { 'tsconfig.json': 'dist' },
  peers: [
    '@nestjs/cqrs@^12.0.0',
    '@nestjs/terminus@^12.0.0',
    '@willsoto/nestjs-prometheus@^6.0.2',
    'prom-client@^15.0.0',
  ],
});
