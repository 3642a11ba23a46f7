import type { LogLevel } from '../log-level.js';

/** Nest's name of a level. */
export type NestLevel = 'verbose' | 'debug' | 'log' | 'warn' | 'error' | 'fatal';

/** Our levels by Nest's names. */
export const FROM_NEST: Readonly<Record<NestLevel, LogLevel>> = {
  verbose: 'trace',
  debug: 'debug',
  log: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
};

/** Nest's names of our levels. */
export const TO_NEST: Readonly<Record<LogLevel, NestLevel>> = {
  trace: 'verbose',
  debug: 'debug',
  info: 'log',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
};

/** Method of our logger that takes records as they are; shared by two copies of this package in one process. */
export const TAKE_RECORD = Symbol.for('eventcore.take-log-record');
