import { describe, expect, it } from 'vitest';
import { LevelControl } from '../../../lib/logging/level-control.js';
import { LEVEL_RANKS, LevelDirectives } from '../../../lib/logging/log-level.js';
import { chosenLevel } from '../../../lib/logging/log-environment.js';
import type { Timers } from '../../../lib/kernel/timers.js';

const rank = (directives: string, target: string) =>
  LevelDirectives.parse(directives, 'level').rankOf(target);

describe('level directives', () => {
  it.each([
    ['info', 'orders', 'info'],
    ['info,orders=debug', 'orders', 'debug'],
    ['info,orders=debug', 'orders::new', 'debug'],
    ['info,orders=debug', 'ordersArchive', 'info'],
    ['info,eventcore=error,eventcore::command=warn', 'eventcore::command', 'warn'],
    ['eventcore::command=trace', 'other', 'info'],
    [' WARN , a = Debug ', 'a', 'debug'],
    ['verbose', 'a', 'trace'],
    ['log', 'a', 'info'],
  ] as const)('The directives %s give the target %s the level %s', (directives, target, level) => {
    expect(rank(directives, target)).toBe(LEVEL_RANKS[level]);
  });

  it.each(['', 'loud', 'info,orders=loud', '=debug', ','])(
    'The directives "%s" are refused',
    (text) => {
      expect(() => LevelDirectives.parse(text, 'LOG_LEVEL')).toThrow(/LOG_LEVEL/);
    },
  );

  it('A target with the level off writes nothing', () => {
    expect(rank('info,noise=off', 'noise')).toBeGreaterThan(LEVEL_RANKS.fatal);
  });

  it.each([
    [{ LOG_LEVEL: 'debug', NEST_LOG_LEVEL: 'error' }, 'debug'],
    [{ NEST_LOG_LEVEL: '>=warn' }, 'warn'],
    [{ NEST_LOG_LEVEL: 'error,warn' }, 'warn'],
    [{ NEST_LOG_LEVEL: 'log,error' }, 'log'],
    [{}, 'info'],
  ])('The environment %o chooses the level %s', (env, level) => {
    expect(chosenLevel(undefined, env).directives).toBe(level);
  });
});

describe('a level that changes at run time', () => {
  it('The configured levels are back when the time is over', () => {
    const due: (() => void)[] = [];
    const timers: Timers = { after: (_, run) => (due.push(run), () => undefined) };
    const levels = new LevelControl('info', 'level', timers);
    const { epoch } = levels;
    levels.set('debug', 1_000);
    expect(levels.rankOf('a')).toBe(LEVEL_RANKS.debug);
    expect(levels.epoch).toBe(epoch + 1);
    due[0]?.();
    expect(levels.rankOf('a')).toBe(LEVEL_RANKS.info);
  });

  it('Directives that are refused change nothing', () => {
    const levels = new LevelControl('warn', 'level');
    expect(() => levels.set('loud')).toThrow(/setLevel/);
    expect(levels.rankOf('a')).toBe(LEVEL_RANKS.warn);
  });
});
