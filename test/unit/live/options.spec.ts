import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { livePage } from '../../../lib/live/index.js';

class AnyGuard {
  canActivate(): boolean {
    return true;
  }
}

afterEach(() => vi.unstubAllEnvs());

describe('options of the live page', () => {
  it('In production the page needs guards or a port of this machine', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => livePage()).toThrow(/guards .*must name a guard in production/);
    expect(() => livePage({ guards: [] })).toThrow(/guards/);
    expect(() => livePage({ port: 9465, host: '0.0.0.0' })).toThrow(
      /host .*must be an address of this machine/,
    );
    expect(() => livePage({ guards: [AnyGuard] })).not.toThrow();
    expect(() => livePage({ port: 9465 })).not.toThrow();
  });

  it('A port of its own serves no guards, and an address needs a port', () => {
    expect(() => livePage({ port: 1, guards: [AnyGuard] })).toThrow(/guards .*cannot be combined/);
    expect(() => livePage({ host: '127.0.0.1' })).toThrow(/host .*needs a port/);
  });

  it('An application without a history is told to add one', () => {
    expect(() => ObservabilityModule.forRoot({ plugins: [livePage()] })).toThrow(
      /requires the plugin history\. Add history to plugins/,
    );
  });

  it('What diagnose() shows of the options has no class in it', () => {
    expect(livePage({ guards: [AnyGuard], path: '/live' }).options).toEqual({
      path: '/live',
      guarded: true,
    });
  });
});
