import { describe, expect, it } from 'vitest';
import { loadOptionalPeer } from '../../../lib/kernel/optional-peer.js';

const missing = (name: string, code: string) =>
  Promise.reject(
    Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code }),
  );

describe('an optional peer', () => {
  it('An optional peer is what its import gives', async () => {
    await expect(loadOptionalPeer(() => Promise.resolve(42), 'peer')).resolves.toBe(42);
  });

  it.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])(
    'An optional peer is undefined with %s',
    async (code) => {
      await expect(loadOptionalPeer(() => missing('peer', code), 'peer')).resolves.toBeUndefined();
    },
  );

  it('An optional peer that is installed and lacks a package itself is an error', async () => {
    const load = () => missing('dependency-of-peer', 'ERR_MODULE_NOT_FOUND');
    await expect(loadOptionalPeer(load, 'peer')).rejects.toThrow('dependency-of-peer');
  });

  it('An optional peer that is installed and broken is an error', async () => {
    const load = () => Promise.reject(new SyntaxError('broken'));
    await expect(loadOptionalPeer(load, 'peer')).rejects.toThrow('broken');
  });
});
