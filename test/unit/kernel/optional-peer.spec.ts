import { describe, expect, it } from 'vitest';
import { ifMissing } from '../../../lib/kernel/peers/optional-peer.js';

const missing = (name: string, code: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code });

describe('an optional peer', () => {
  it.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])(
    'An optional peer is missing when its import fails with %s',
    (code) => {
      expect(ifMissing(missing('peer', code), 'peer')).toBeUndefined();
    },
  );

  it('An optional peer that is installed and lacks a package itself is an error', () => {
    const error = missing('dependency-of-peer', 'ERR_MODULE_NOT_FOUND');
    expect(() => ifMissing(error, 'peer')).toThrow('dependency-of-peer');
  });

  it('An optional peer that is installed and broken is an error', () => {
    expect(() => ifMissing(new SyntaxError('broken'), 'peer')).toThrow('broken');
  });
});
