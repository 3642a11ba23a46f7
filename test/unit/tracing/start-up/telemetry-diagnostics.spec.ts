import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import {
  describeError,
  Diagnostics,
} from '../../../../lib/tracing/start-up/telemetry-diagnostics.js';

describe('warnings about exports', () => {
  it('Warnings about exports come at most once a minute per topic', () => {
    const clock = new ManualClock();
    const warnings: string[] = [];
    const diagnostics = new Diagnostics(clock, (it) => warnings.push(it));
    diagnostics.warnSometimes('a', () => 'first');
    diagnostics.warnSometimes('b', () => 'other topic');
    clock.advance(59_999);
    diagnostics.warnSometimes('a', () => 'too early');
    clock.advance(1);
    diagnostics.warnSometimes('a', () => 'due');
    expect(warnings).toEqual([
      'first (next report in a minute)',
      'other topic (next report in a minute)',
      'due (next report in a minute)',
    ]);
  });

  it('Warnings about exports are not put into words when they are not due', () => {
    const diagnostics = new Diagnostics(new ManualClock(), () => {});
    diagnostics.warnSometimes('a', () => 'first');
    const describeIt = () => {
      throw new Error('not due');
    };
    expect(() => diagnostics.warnSometimes('a', describeIt)).not.toThrow();
  });

  it('Warnings about exports survive a logger that throws', () => {
    const diagnostics = new Diagnostics(new ManualClock(), () => {
      throw new Error('disk full');
    });
    expect(() => diagnostics.warn('text')).not.toThrow();
  });

  it.each([
    [new Error('lost'), 'Error: lost'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
    [Object.assign(new Error('x'), { code: 14 }), 'Error 14: x'],
    [undefined, 'no reason given'],
    [null, 'no reason given'],
    ['text', 'no reason given'],
  ])('The warning about %j reads %s', (error, text) => {
    expect(describeError(error)).toBe(text);
  });

  it('Warnings about exports cut long messages', () => {
    expect(describeError(new Error('x'.repeat(10_000)))).toHaveLength(200);
  });
});
