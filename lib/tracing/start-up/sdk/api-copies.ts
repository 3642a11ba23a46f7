import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedPackageSearch } from '../../../kernel/peers/optional-peer.js';
import { requireOf } from '../../../kernel/peers/require-of.js';
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
  /** Package folder. */
  readonly path: string;
}

/**
 * Finds the copies of `@opentelemetry/api` that this process loads: those that resolve from this
 * package, the SDK, the working directory or the main script in it, and those loaded with
 * `require`. It does not find a copy that only a dependency imports as ESM, which requires version
 * 1.10 because 1.9 has no ESM entry for Node.
 *
 * @param here - URL of a file of this package.
 * @param cwd - Folder of the application.
 */
export function findApiCopies(here: string, cwd: string = process.cwd()): readonly ApiCopy[] {
  // A main script outside the folder belongs to a test runner, whose packages are irrelevant.
  const main = process.argv.slice(1, 2).filter((it) => it.startsWith(cwd));
  const sdks = SDK_PACKAGES.map((it) => resolveFrom(here, it)).filter((it) => it !== undefined);
  const places = [
    here,
    pathToFileURL(join(cwd, 'package.json')).href,
    ...[...main, ...sdks].map((it) => pathToFileURL(it).href),
  ];
  const entries = places.map((it) => resolveFrom(it, API)).filter((it) => it !== undefined);
  const loaded = Object.keys(requireOf(here).cache);
  const folders = [...entries, ...loaded].map((it) => LOADED.exec(it)?.[1]);
  const unique = new Set(folders.filter((it) => it !== undefined).map(realPath));
  return [...unique].map(readCopy).filter((it) => it !== undefined);
}

/**
 * Describes copies of `@opentelemetry/api` that are incompatible. A copy sees a registration only
 * if its minor version is not above that of the registering copy; otherwise its spans are lost
 * silently.
 *
 * @returns `undefined` when all copies have the same version.
 */
export function describeApiCopies(
  copies: readonly ApiCopy[],
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

/** Applies the compatibility rule of the API for stable versions. */
function sees(version: string, registered: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [registeredMajor = 0, registeredMinor = 0] = registered.split('.').map(Number);
  return major === registeredMajor && minor <= registeredMinor;
}

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return requireOf(place).resolve(name);
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
 * Warns about several versions of `@opentelemetry/api`, unless the process has already issued the
 * same warning. Both the start of telemetry and the import of the module check for them. A bundle
 * has its own copy, whatever is installed beside it.
 */
export async function reportApiCopies(warn: (message: string) => void): Promise<void> {
  const installed = await installedPackageSearch();
  if (installed === undefined) return;
  const copies = describeApiCopies(findApiCopies(installed.ownUrl));
  const slot = telemetrySlot();
  if (copies === undefined || slot.reportedCopies === copies) return;
  slot.reportedCopies = copies;
  warn(copies);
}
