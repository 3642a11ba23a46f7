import { describe, expect, it } from 'vitest';
import { profiling, type ProfilingOptions } from '../../../lib/profiling/index.js';

class AnyGuard {
  canActivate(): boolean {
    return true;
  }
}

describe('options of profiling()', () => {
  it.each<[ProfilingOptions, RegExp]>([
    [{}, /guards .*must name a guard, unless there is a port/],
    [{ guards: [] }, /guards .*must name a guard/],
    [{ port: 1, guards: [AnyGuard] }, /guards .*cannot be combined/],
    [{ port: 1, host: '0.0.0.0' }, /host .*must be an address of this machine/],
    [{ continuous: {} }, /folder .*must be given unless pyroscope is/],
    [
      { continuous: { folder: '/a', pyroscope: 'http://p:4040' } },
      /folder .*must be given unless pyroscope is, and not beside it/,
    ],
    [{ continuous: { folder: '/a', everyMs: 10_000 } }, /seconds .*must be shorter than everyMs/],
    [{ port: 1, onDelay: {} as never }, /onDelay\.folder/],
    [{ port: 1, pauseMs: -1 }, /pauseMs/],
  ])('The options %j are refused with the rule that they break', (options, rule) => {
    expect(() => profiling(options)).toThrow(rule);
  });

  it('The address of a Pyroscope is in no error, because it may contain a password', () => {
    const pyroscope = 'ftp://ada:s3cret@pyroscope';
    expect(() => profiling({ continuous: { pyroscope } })).toThrow(/pyroscope .*must be a URL/);
    expect(() => profiling({ continuous: { pyroscope } })).not.toThrow(/s3cret/);
  });

  it('What diagnose() shows of the options has no class and no secret in it', () => {
    const continuous = { pyroscope: 'http://ada:s3cret@p:4040', authorization: 'Bearer s3cret' };
    const { options } = profiling({ guards: [AnyGuard], continuous });
    expect(options).toEqual({ guarded: true, continuous: { pushes: true } });
  });
});
