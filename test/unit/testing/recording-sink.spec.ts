import { expect, it } from 'vitest';
import { createNestLogger } from '../../../lib/logging/index.js';
import { recordingSink } from '../../../lib/testing/index.js';

it('A recording sink remembers lines with their fields, redacted, until it is cleared', async () => {
  const sink = recordingSink();
  const logger = createNestLogger({ sinks: [sink] });
  logger.warn({ message: 'Parcel handed over', order: 'o-1', password: 'hunter2' }, 'shipping');
  expect(sink.lines).toMatchObject([
    {
      level: 'warn',
      target: 'shipping',
      message: 'Parcel handed over',
      fields: { order: 'o-1', password: '[Redacted]' },
    },
  ]);
  sink.clear();
  expect(sink.lines).toEqual([]);
  await logger.close();
});
