import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenResponses } from '../../../lib/health/open-responses.js';

describe('the responses that a server owes', () => {
  it('are those that came and did not go, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
        const responses = Array.from(
          { length: 10 },
          (_, i) => ({ i }) as unknown as ServerResponse,
        );
        const open = new OpenResponses();
        const expected = new Set<ServerResponse>();
        for (const [comes, i] of steps) {
          const response = responses[i]!;
          if (!comes) open.delete(response);
          else if (!expected.has(response)) open.add(response);
          expected[comes ? 'add' : 'delete'](response);
        }
        expect(new Set(open)).toEqual(expected);
        expect([...open]).toHaveLength(expected.size);
      }),
    );
  });
});
