import { describe, expect, it } from 'vitest';
import { DebugLog, debugTopics } from '../../../../lib/module/diagnosis/debug-log.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';

describe('the variable DEBUG', () => {
  it.each<[string | undefined, boolean, boolean]>([
    [undefined, false, false],
    ['', false, false],
    ['express:*', false, false],
    ['eventcore', false, false],
    ['*', true, true],
    ['eventcore:*', true, true],
    ['eventcore:exports', true, false],
    ['express:*, eventcore:exports', true, false],
    ['express:* eventcore:*', true, true],
    ['eventcore:*,-eventcore:exports', false, true],
    ['event.ore:*', false, false],
    ['(', false, false],
  ])('The variable DEBUG with %j logs exports %s, tracing %s', (variable, exports, tracing) => {
    const isOn = debugTopics(variable);
    expect([isOn('exports'), isOn('tracing')]).toEqual([exports, tracing]);
  });
});

describe('the debug log', () => {
  it('The debug log makes no message for a topic that is off', () => {
    const lines: string[] = [];
    const log = new DebugLog({
      clock: new ManualClock(),
      isOn: (topic) => topic === 'exports',
      write: (line) => lines.push(line),
    });
    log.log('tracing', () => {
      throw new Error('made');
    });
    log.log('exports', () => 'otlp: success');
    expect(lines).toEqual(['eventcore:exports otlp: success']);
  });

  it('The debug log writes 1000 lines a minute, and then says how many it left out', () => {
    const lines: string[] = [];
    const clock = new ManualClock();
    const log = new DebugLog({ clock, isOn: () => true, write: (line) => lines.push(line) });
    for (let i = 0; i < 1_500; i++) log.log('cardinality', () => String(i));
    expect(lines).toHaveLength(1_000);
    clock.advance(60_000);
    log.log('cardinality', () => 'next');
    expect(lines.slice(1_000)).toEqual([
      'eventcore: 500 lines suppressed in the last minute',
      'eventcore:cardinality next',
    ]);
  });

  it('The debug log lets no fault of the logger or the message out', () => {
    const log = new DebugLog({
      clock: new ManualClock(),
      isOn: () => true,
      write: () => {
        throw new Error('disk full');
      },
    });
    expect(() => log.log('exports', () => 'x')).not.toThrow();
    expect(() => log.log('exports', () => String(Object.create(null)))).not.toThrow();
  });
});
