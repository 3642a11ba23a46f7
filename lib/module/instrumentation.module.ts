import { Global, Module } from '@nestjs/common';
import { INSTRUMENTATION, Instrumentation } from '../instrumentation/instrumentation.js';

/**
 * Makes the instrumentation injectable into every decorated class, whatever module it is in. It depends on nothing, so
 * that no decorated class can be part of a circle with it.
 */
@Global()
@Module({
  providers: [{ provide: INSTRUMENTATION, useFactory: () => new Instrumentation() }],
  exports: [INSTRUMENTATION],
})
export class InstrumentationModule {}
