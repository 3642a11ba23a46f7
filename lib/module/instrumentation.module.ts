import { Global, Module } from '@nestjs/common';
import { INSTRUMENTATION, Instrumentation } from '../instrumentation/instrumentation.js';

/**
 * Makes the instrumentation injectable into every decorated class of any module. It has no
 * dependencies, so that it never causes a circular dependency.
 */
@Global()
@Module({
  providers: [{ provide: INSTRUMENTATION, useFactory: () => new Instrumentation() }],
  exports: [INSTRUMENTATION],
})
export class InstrumentationModule {}
