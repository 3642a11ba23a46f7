/**
 * The classes with decorated methods that this process has loaded: facts about code, not about an application. Decorators run
 * before there is any application, and a class that no application provides can be found nowhere else. A class that is
 * collected is forgotten.
 */
const decorated = new Set<WeakRef<object>>();
const known = new WeakSet<object>();

/** Remembers a class by its prototype. */
export function rememberDecorated(prototype: object): void {
  if (known.has(prototype)) return;
  known.add(prototype);
  decorated.add(new WeakRef(prototype));
}

/** The prototypes of all classes with decorated methods. */
export function* decoratedPrototypes(): Iterable<object> {
  for (const reference of decorated) {
    const prototype = reference.deref();
    if (prototype === undefined) decorated.delete(reference);
    else yield prototype;
  }
}
