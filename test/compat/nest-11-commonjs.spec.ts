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
});
