import * as v from 'valibot';
import { group, list, option } from '../../options/description.js';
import { OFF, schemaOf, text } from '../../options/standard-options.js';

/** Handler class, or class of commands, queries or events, including subclasses; or the name of such a class. */
export type CqrsClass = (abstract new (...args: never[]) => unknown) | string;

/**
 * Selects the handlers of `@nestjs/cqrs` that are observed without a decorator. Handlers with a decorator of this
 * library are always observed.
 */
export interface CqrsOptions {
  /** Observes only these. A handler matches by its own class or by any class that it handles. @defaultValue all */
  readonly include?: readonly CqrsClass[];
  /**
   * Excludes these. A handler matches by its own class, or when every class that it handles matches. @defaultValue none
   */
  readonly exclude?: readonly CqrsClass[];
}

const remedy = 'Pass the classes themselves.';
const classes = list(
  option(v.union([v.function(), schemaOf(text())]), {
    rule: 'a class or its name',
    remedy,
  }),
  {
    rule: 'an array of classes or their names: handlers, commands, queries or events',
    remedy,
  },
);

/** Description of {@link CqrsOptions}. */
export const cqrsOptions = group<CqrsOptions>(
  { include: classes, exclude: classes },
  {
    rule: 'an object with include and exclude, or false',
    remedy: 'Pass what to observe, or false for nothing.',
    or: OFF,
  },
);
