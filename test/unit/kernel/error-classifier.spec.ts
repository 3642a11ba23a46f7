import { describe, expect, it } from 'vitest';
import {
  ErrorClassifier,
  type ErrorRules,
  REJECTION,
} from '../../../lib/kernel/errors/error-classification.js';
import { Faults } from '../../../lib/kernel/faults.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

class Declined extends Error {}
class CardDeclined extends Declined {}
class Framework extends Error {}

function classifierWith(rules: ErrorRules = {}) {
  const faults = new Faults(new ManualClock());
  const counted: string[] = [];
  faults.connect({ count: (it) => counted.push(it), log: () => undefined });
  const isRejection = (error: unknown) => error instanceof Framework;
  return { classifier: new ErrorClassifier(rules, isRejection, faults), counted };
}

describe('outcome of a call that threw', () => {
  it('Outcome of a call that threw is failure unless something says otherwise', () => {
    const { classifier } = classifierWith();
    for (const thrown of [new Error(), null, undefined, 'text', 0, {}, Object.create(null)])
      expect(classifier.outcomeOf(thrown)).toBe('failure');
  });

  it('Outcome of a call that threw is rejected for a registered class and its subclasses', () => {
    const { classifier } = classifierWith({ rejections: [Declined] });
    expect(classifier.outcomeOf(new Declined())).toBe('rejected');
    expect(classifier.outcomeOf(new CardDeclined())).toBe('rejected');
    expect(classifier.outcomeOf(new Error())).toBe('failure');
  });

  it('Outcome of a call that threw is rejected for an error with the marker', () => {
    const { classifier } = classifierWith();
    expect(classifier.outcomeOf(Object.assign(new Error(), { [REJECTION]: true }))).toBe(
      'rejected',
    );
    expect(classifier.outcomeOf(Object.assign(new Error(), { [REJECTION]: 1 }))).toBe('failure');
  });

  it('Outcome of a call that threw is rejected for what the framework calls a rejection', () => {
    expect(classifierWith().classifier.outcomeOf(new Framework())).toBe('rejected');
  });

  it('Outcome of a call that threw is what the hook of the handler says, before every rule', () => {
    const { classifier } = classifierWith({ rejections: [Declined] });
    expect(classifier.outcomeOf(new Declined(), () => 'failure')).toBe('failure');
    expect(classifier.outcomeOf(new Error(), () => 'success')).toBe('success');
    expect(classifier.outcomeOf(new Declined(), () => undefined)).toBe('rejected');
  });

  it('Outcome of a call that threw is left to the rules, and the fault counted, when the hook throws or answers nonsense', () => {
    const { classifier, counted } = classifierWith();
    const broken = () => {
      throw new Error('hook');
    };
    expect(classifier.outcomeOf(new Error(), broken)).toBe('failure');
    expect(classifier.outcomeOf(new Framework(), () => 'nonsense' as never)).toBe('rejected');
    expect(counted).toEqual(['classifier', 'classifier']);
  });

  it('Outcome of a call that threw is failure for an error whose properties throw', () => {
    const { classifier, counted } = classifierWith();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    );
    expect(classifier.outcomeOf(hostile)).toBe('failure');
    expect(classifier.describe(hostile)).toEqual({ type: 'unknown', category: 'permanent' });
    expect(counted.length).toBeGreaterThan(0);
  });
});

describe('description of an error', () => {
  it('Description of an error is critical for a registered class, its subclasses included', () => {
    const { classifier } = classifierWith({ criticalErrors: [Declined] });
    expect(classifier.describe(new CardDeclined())).toEqual({
      type: 'CardDeclined',
      category: 'critical',
    });
  });

  it('Description of an error has the category that the hook decides, before the registration', () => {
    const { classifier } = classifierWith({
      criticalErrors: [Declined],
      errorCategory: (error) => (error instanceof CardDeclined ? 'transient' : undefined),
    });
    expect(classifier.describe(new CardDeclined()).category).toBe('transient');
    expect(classifier.describe(new Declined()).category).toBe('critical');
  });

  it('Description of an error ignores and counts a category that does not exist', () => {
    const { classifier, counted } = classifierWith({ errorCategory: () => 'bad' as never });
    expect(classifier.describe(new Error()).category).toBe('permanent');
    expect(counted).toEqual(['classifier']);
  });

  it('Description of an error ignores and counts a hook that is async by mistake, and its promise that rejects', async () => {
    const rejected: unknown[] = [];
    const onRejection = (reason: unknown) => void rejected.push(reason);
    process.on('unhandledRejection', onRejection);
    const hook = async () => {
      throw new Error('too late');
    };
    const { classifier, counted } = classifierWith({ errorCategory: hook as never });
    expect(classifier.describe(new Error()).category).toBe('permanent');
    expect(classifier.outcomeOf(new Error(), hook as never)).toBe('failure');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onRejection);
    expect(counted).toEqual(['classifier', 'classifier']);
    expect(rejected).toEqual([]);
  });
});
