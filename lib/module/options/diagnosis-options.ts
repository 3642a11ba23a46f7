import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { group } from '../../options/description.js';
import { endpointMembers } from '../../options/endpoint-options.js';
import { endpointPath, OFF } from '../../options/standard-options.js';

/**
 * Options of the diagnosis endpoint, which answers the command line with `diagnose()`. With guards it is a route of the
 * application. Without guards it is on the port of the metrics if `prometheus.port` is set, else it answers only requests
 * from the same machine.
 */
export interface DiagnosisOptions {
  /** Path of the endpoint. @defaultValue '/diagnosis' */
  readonly path?: string;
  /** Guards of the endpoint. @defaultValue none: requests from the same machine only, or `prometheus.port` */
  readonly guards?: readonly Type<CanActivate>[];
  /** Class decorators of the endpoint's controller, such as `Public()`. @defaultValue none */
  readonly decorators?: readonly ClassDecorator[];
  /** Modules that provide dependencies of the guards. @defaultValue none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

const { guards, decorators, imports } = endpointMembers('');

/** Description of {@link DiagnosisOptions}. */
export const diagnosisOptions = group<DiagnosisOptions>(
  { path: endpointPath('/internal/diagnosis'), guards, decorators, imports },
  {
    rule: 'an object or false',
    remedy: 'Pass {} for the endpoint, or false for none.',
    or: OFF,
  },
);
