import { loadOptionalPeer } from '../kernel/optional-peer.js';

// Loaded early, because the start of the application would otherwise wait for the file.
const search = import('./installed-package.js').catch(() => undefined);

/**
 * Returns true if an optional peer is installed. It loads the peer only where resolution is not
 * available.
 *
 * @param load - Dynamic import of the package.
 */
export async function isInstalled(name: string, load: () => Promise<unknown>): Promise<boolean> {
  try {
    const found = await search;
    if (found !== undefined) return found.canResolve(name);
  } catch {
    // Resolution is not available.
  }
  return (await loadOptionalPeer(load, name)) !== undefined;
}
