import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExcludedEndpoints } from '../../../lib/http/http-requests.js';

describe('excluded endpoints', () => {
  const excluded = new ExcludedEndpoints(['/orders/:id', '/internal/*']);

  it.each(['/orders/:id', '/internal/', '/internal/a', '/internal/a/:b'])(
    'Excluded endpoints are %s',
    (it) => {
      expect(excluded.has(it)).toBe(true);
    },
  );

  it.each(['/orders', '/orders/:id/items', '/internal', '/internals', 'unmatched'])(
    'Excluded endpoints are not %s',
    (it) => {
      expect(excluded.has(it)).toBe(false);
    },
  );

  it('Excluded endpoints are known by the path of a request where a template has no parameters', () => {
    const added = new ExcludedEndpoints([]);
    added.add(['/metrics']);
    expect(added.hasPath('/metrics?name[]=x')).toBe(true);
    expect(added.hasPath('/metrics')).toBe(true);
    expect(added.hasPath('/metrics/7?x=/metrics')).toBe(false);
    expect(excluded.hasPath('/orders/7')).toBe(false);
  });

  it.each([1, 2, 1000])('Excluded endpoints may be %i characters long', (length) => {
    const path = `/${'a'.repeat(length - 1)}`;
    expect(new ExcludedEndpoints([path]).has(path)).toBe(true);
    expect(new ExcludedEndpoints([`${path}/*`]).has(`${path}/b`)).toBe(true);
    expect(new ExcludedEndpoints([`${path}b`]).has(path)).toBe(false);
  });

  it('Excluded endpoints are known by the path as by the template, whatever either looks like', () => {
    const part = fc.constantFrom('', '/', 'a', 'b', 'é', ':', '*', 'orders');
    const path = fc.array(part, { maxLength: 4 }).map((it) => it.join(''));
    const pattern = fc.tuple(path, fc.constantFrom('', '/*')).map((it) => it.join(''));
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 3 }), path, (patterns, asked) => {
        const some = new ExcludedEndpoints(patterns);
        expect(some.hasPath(asked)).toBe(some.has(asked));
        expect(some.hasPath(`${asked}?a=/b`)).toBe(some.has(asked));
      }),
    );
  });

  it('Excluded endpoints of everything are /*', () => {
    expect(new ExcludedEndpoints(['/*']).has('/a')).toBe(true);
  });
});
