import { group, list, option } from '../../options/description.js';
import { isText, OFF } from '../../options/standard-options.js';

/**
 * A handler class or a class of commands, queries or events, with all that extend it; or the name of such a class.
 */
export type CqrsClass = (abstract new (...args: never[]) => unknown) | string;

/**
 * Which handlers of `@nestjs/cqrs` are observed without a decorator. Handlers with a decorator of this library are
 * observed in any case.
 */
export interface CqrsOptions {
  /**
   * Only these: a handler is meant by its own class or by one of the classes that it handles. @defaultValue all
   */
  readonly include?: readonly CqrsClass[];
  /**
   * Not these: a handler is meant by its own class, or when all classes that it handles are. @defaultValue none
   */
  readonly exclude?: readonly CqrsClass[];
}

const remedy = 'Pass the classes themselves.';
const classes = list(
  option((it) => typeof it === 'function' || isText(it), {
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
