import { describe, expect, it } from 'vitest';
import { streamCategory } from '../../../../lib/instrumentation/event-store/store-operation.js';

describe('the category of a stream', () => {
  it.each([
    ['order-7f3a', '-', 'order'],
    ['order-7f3a-items', '-', 'order'],
    ['Order:7:1', ':', 'Order'],
    ['$ce-order', '-', '$ce'],
    ['orders/2026/1', '/', 'orders'],
  ])(
    'The category of a stream of %s is the part before its separator',
    (stream, separator, category) => {
      expect(streamCategory(stream, separator)).toBe(category);
    },
  );

  it.each([
    ['orders', '-'],
    ['', '-'],
    ['-order', '-'],
    ['0b7f5bb8-6f3c-4f47-9d6e-0e8a0c0d8a11', '-'],
    ['0B7F5BB8-6F3C-4F47-9D6E-0E8A0C0D8A11', '-'],
    ['4711', '-'],
    ['4711-order', '-'],
  ])(
    'The category of a stream of %s is unknown: the label never has an id',
    (stream, separator) => {
      expect(streamCategory(stream, separator)).toBe('unknown');
    },
  );
});
