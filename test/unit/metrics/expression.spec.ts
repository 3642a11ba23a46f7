import { describe, expect, it } from 'vitest';
import { expressionIn, withMatchers } from '../../../lib/metrics/catalogue/expression.js';

describe('a PromQL expression of the catalogue', () => {
  it('An expression in another namespace has renamed metrics, histogram samples and recording rules', () => {
    expect(
      expressionIn(
        'shop_api',
        'rate(eventcore_commands_total[5m]) > on (job) eventcore:slo_errors:ratio_rate5m + eventcore_command_duration_seconds_bucket{le="1"}',
      ),
    ).toBe(
      'rate(shop_api_commands_total[5m]) > on (job) shop_api:slo_errors:ratio_rate5m + shop_api_command_duration_seconds_bucket{le="1"}',
    );
  });

  it('An expression in another namespace keeps names that are not in the catalogue', () => {
    const foreign =
      'eventcore_jobs{a="my_eventcore_commands_total"} / x:eventcore:y + eventcoreish_commands_total';
    expect(expressionIn('shop', foreign)).toBe(foreign);
  });

  it.each(['', 'Shop', 'shop-api', '1shop', 'shop_', 'a'.repeat(33)])(
    'The namespace %j is refused with its path and a remedy',
    (namespace) => {
      expect(() => expressionIn(namespace, 'up')).toThrow(/namespace = .*must be .*Pass something/);
    },
  );

  it('Matchers are added to every selector of a catalogue metric and to no other text', () => {
    expect(
      withMatchers(
        'rate(eventcore_commands_total[5m]) / on (job) eventcore_uptime_seconds{a="}{"} unless label_replace(up{x=~"eventcore_uptime_seconds"}, "a", "$1", "eventcore_uptime_seconds", "")',
        'job="shop"',
      ),
    ).toBe(
      'rate(eventcore_commands_total{job="shop"}[5m]) / on (job) eventcore_uptime_seconds{a="}{",job="shop"} unless label_replace(up{x=~"eventcore_uptime_seconds"}, "a", "$1", "eventcore_uptime_seconds", "")',
    );
  });
});
