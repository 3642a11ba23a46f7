import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { telemetrySlot } from '../telemetry-slot.js';
import { otelGlobals } from './otel-globals.js';

const API = '@opentelemetry/api';
const SDK_PACKAGES = [
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/context-async-hooks',
];
const LOADED = /^(.*[\\/]node_modules[\\/]@opentelemetry[\\/]api)[\\/]/;

/** One installed copy of `@opentelemetry/api`. */
export interface ApiCopy {
  readonly version: string;
  /** Folder of the package. */
  readonly path: string;
}

/**
 * The copies of `@opentelemetry/api` that this process loads: those that resolve from this package, from the SDK, from
 * the working directory and from a main script in it, and those that have been loaded with `require`. A copy that only a
 * dependency of the application imports as ESM is not found; 1.9 has no ESM entry for Node, so that takes 1.10 or later.
 *
 * @param cwd - Folder of the application.
 */
export function findApiCopies(cwd: string = process.cwd()): readonly ApiCopy[] {
  const here = import.meta.url;
  // A main script from elsewhere is that of a runner, whose packages are no concern of the application.
  const main = process.argv.slice(1, 2).filter((it) => it.startsWith(cwd));
  const sdks = SDK_PACKAGES.map((it) => resolveFrom(here, it)).filter((it) => it !== undefined);
  const places = [
    here,
    pathToFileURL(join(cwd, 'package.json')).href,
    ...[...main, ...sdks].map((it) => pathToFileURL(it).href),
  ];
  const entries = places.map((it) => resolveFrom(it, API)).filter((it) => it !== undefined);
  const loaded = Object.keys(createRequire(here).cache);
  const folders = [...entries, ...loaded].map((it) => LOADED.exec(it)?.[1]);
  const unique = new Set(folders.filter((it) => it !== undefined).map(realPath));
  return [...unique].map(readCopy).filter((it) => it !== undefined);
}

/**
 * Says which copies of `@opentelemetry/api` are in the way of each other. A copy sees what another one registered only
 * if its own minor version is not above that of the other; else everything it does is lost without a word.
 *
 * @returns `undefined` when all copies have the same version.
 */
export function describeApiCopies(
  copies: readonly ApiCopy[] = findApiCopies(),
  registered: string | undefined = otelGlobals().version,
): string | undefined {
  if (new Set(copies.map((it) => it.version)).size < 2) return undefined;
  const lines = copies.map(({ version, path }) => {
    const isCut = registered !== undefined && !sees(version, registered);
    return `${version} in ${path}${isCut ? ' (spans made through it are lost)' : ''}`;
  });
  const by = registered === undefined ? '' : ` The SDK is registered through ${registered}.`;
  return (
    `${API} is installed in ${new Set(copies.map((it) => it.version)).size} versions: ${lines.join('; ')}.${by} ` +
    `Keep one: see "npm ls ${API}", and put that version into "overrides" of package.json.`
  );
}

/** The rule of the API itself, for stable versions. */
function sees(version: string, registered: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [registeredMajor = 0, registeredMinor = 0] = registered.split('.').map(Number);
  return major === registeredMajor && minor <= registeredMinor;
}

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readCopy(path: string): ApiCopy | undefined {
  try {
    const text = readFileSync(join(path, 'package.json'), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    return { version, path };
  } catch {
    return undefined;
  }
}

/**
 * Warns about several versions of `@opentelemetry/api`, unless the process has been warned in the same words: those
 * who start telemetry and those who only import the module look for them both.
 */
export function reportApiCopies(warn: (message: string) => void): void {
  const copies = describeApiCopies();
  const slot = telemetrySlot();
  if (copies === undefined || slot.reportedCopies === copies) return;
  slot.reportedCopies = copies;
  warn(copies);
}
