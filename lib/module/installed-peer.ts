import { loadOptionalPeer } from '../kernel/optional-peer.js';

/**
 * Whether an optional peer is installed. It is not loaded, but where nothing can be looked for: there loading it tells.
 *
 * @param load - A dynamic import of the package.
 */
export async function isInstalled(name: string, load: () => Promise<unknown>): Promise<boolean> {
  try {
    const { canResolve } = await import('./installed-package.js');
    return canResolve(name);
  } catch {
    return (await loadOptionalPeer(load, name)) !== undefined;
  }
}
