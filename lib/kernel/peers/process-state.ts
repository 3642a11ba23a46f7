import { fileURLToPath } from 'node:url';
import { libraryName, libraryVersion } from '../library.js';

/** Version of everything that the copies of this package in one process share. An incompatible change increments it. */
const PROTOCOL = 1;

/** Copy of this package in the process, such as that of a linked package. */
export interface LibraryCopy {
  /** Folder of the package, or the bundle that contains it. */
  readonly path: string;
  readonly version: string;
  readonly protocol: number;
}

const COPIES = Symbol.for(`${libraryName}/copies`);
const SHARED = Symbol.for(`${libraryName}/shared@${PROTOCOL}`);

const copies = globalSlot(COPIES, () => new Map<string, LibraryCopy>());
const shared = globalSlot(SHARED, () => new Map<string, unknown>());

/** File of this package that runs, or the bundle that contains it. */
export const ownFile: string = pathOfCaller();

/** The copy that runs. */
export const ownCopy: LibraryCopy = {
  path: folderOf(ownFile),
  version: libraryVersion,
  protocol: PROTOCOL,
};
copies.set(ownCopy.path, ownCopy);

/** Returns all loaded copies of this package, this one included. */
export function libraryCopies(): readonly LibraryCopy[] {
  return [...copies.values()];
}

/** Returns true if a copy has the decorated handlers and the running calls in common with this one. */
export function sharesState(copy: LibraryCopy): boolean {
  return copy.protocol === PROTOCOL;
}

/** Returns a symbol that all copies with the same protocol have in common. */
export function sharedSymbol(name: string): symbol {
  return Symbol.for(`${libraryName}/${name}@${PROTOCOL}`);
}

/**
 * Returns an object that all copies with the same protocol have in common.
 *
 * @param create - Makes the object, in the copy that is loaded first.
 */
export function sharedState<T>(name: string, create: () => T): T {
  if (!shared.has(name)) shared.set(name, create());
  return shared.get(name) as T;
}

/** Class that an application injects. */
export type InjectableClass = abstract new (...args: never[]) => object;

const injectables = sharedState('injectables', () => new Set<InjectableClass>());

/** Shows classes that applications inject to the other copies. */
export function offerInjectables(...classes: readonly InjectableClass[]): void {
  for (const it of classes) injectables.add(it);
}

/** Returns the classes of all loaded copies that applications inject. */
export function offeredInjectables(): readonly InjectableClass[] {
  return [...injectables];
}

/** Where the global object is frozen, each copy has a slot of its own. */
function globalSlot<T>(key: symbol, create: () => T): T {
  const holder = globalThis as { [key: symbol]: T | undefined };
  const known = holder[key];
  if (known !== undefined) return known;
  const value = create();
  Reflect.defineProperty(globalThis, key, { value });
  return value;
}

function pathOfCaller(): string {
  return pathOfError(new Error()) ?? libraryName;
}

/**
 * Returns the path of the file that has created an error: from the stack, because `import.meta` is a syntax error in modules
 * compiled to CommonJS.
 */
export function pathOfError({ stack }: Error): string | undefined {
  const frame = stack?.split('\n')[1] ?? '';
  const [, file] = /^\s*at (?:.*? \()?(.*?):\d+:\d+\)?$/.exec(frame) ?? [];
  return file?.startsWith('file:') === true ? fileURLToPath(file) : file;
}

function folderOf(path: string): string {
  return path.replace(/[\\/](?:dist|lib)[\\/](?:chunks|kernel[\\/]peers)[\\/][^\\/]*$/, '');
}
