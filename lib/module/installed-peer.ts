import { loadOptionalPeer } from '../kernel/optional-peer.js';

// Asked for before the application starts, which would have to wait for the file.
const search = import('./installed-package.js').catch(() => undefined);

/**
 * Whether an optional peer is installed. It is not loaded, but where nothing can be looked for: there loading it tells.
 *
 * @param load - A dynamic import of the package.
 */
export async function isInstalled(name: string, load: () => Promise<unknown>): Promise<boolean> {
  try {
    const found = await search;
    if (found !== undefined) return found.canResolve(name);
  } catch {
    // As below: nothing can be looked for.
  }
  return (await loadOptionalPeer(load, name)) !== undefined;
}
