import { describe, expect, it } from 'vitest';
import { encodeOtlpJson } from '../../../lib/exporters/otlp/encoding/otlp-json.format.js';
import { MetricRegistry } from '../../../lib/metrics/registry.js';
import { GenAi } from '../../../lib/packs/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

const call = { operation: 'chat', provider: 'openai', model: 'gpt-4o' };

function started() {
  const { registry } = makeRegistry();
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const genAi = new GenAi();
  const get = (token: unknown) => (token === MetricRegistry ? registry : undefined) as never;
  const report = (fault: unknown) => void faults.push(fault);
  genAi.start({ get, namespace: 'eventcore', clock, report, timers: { after: () => () => {} } });
  const values = (name: string) => {
    const { blocks } = registry.get(`eventcore_gen_ai_client_${name}`)!.snapshot();
    return blocks.flatMap(({ labelSets, values: all, stride }) =>
      labelSets.map((labels, i) => {
        const own = all.subarray(i * stride, (i + 1) * stride);
        const count = own.subarray(0, -1).reduce((sum, it) => sum + it, 0);
        return `${labels.join(' ')}: ${count} of ${own.at(-1)}`;
      }),
    );
  };
  return { genAi, clock, registry, faults, values };
}

describe('calls to generative models', () => {
  it('A call has its duration, its tokens and the model that answered', async () => {
    const { genAi, clock, values } = started();
    const answer = { model: 'gpt-4o-2', usage: { prompt_tokens: 7, completion_tokens: 3 } };
    const answered = genAi.observe(call, () => {
      clock.advance(500);
      return answer;
    });
    expect(await answered).toBe(answer);
    expect(values('operation_duration_seconds')).toEqual([
      'chat openai gpt-4o gpt-4o-2 : 1 of 0.5',
    ]);
    expect(values('token_usage')).toEqual([
      'chat openai gpt-4o gpt-4o-2 input: 1 of 7',
      'chat openai gpt-4o gpt-4o-2 output: 1 of 3',
    ]);
    expect(values('operation_time_to_first_chunk_seconds')).toEqual([]);
  });

  it('A call that fails has its error type, and the caller receives the error', async () => {
    const { genAi, values } = started();
    const error = new RangeError('too long');
    await expect(genAi.observe(call, () => Promise.reject(error))).rejects.toBe(error);
    expect(values('operation_duration_seconds')).toEqual([
      'chat openai gpt-4o  RangeError: 1 of 0',
    ]);
  });

  it('A stream behind the promise of a client, which has methods of its own, has the times of its chunks', async () => {
    const { genAi, clock, values } = started();
    class ApiPromise<T> extends Promise<T> {
      asResponse(): void {}
    }
    class Stream {
      readonly controller = new AbortController();

      async *[Symbol.asyncIterator]() {
        for (const [ms, output] of [
          [250, 1],
          [250, 2],
          [500, 3],
        ] as const) {
          clock.advance(ms);
          yield { model: 'gpt-4o-2', usage: { completion_tokens: output } };
        }
      }
    }
    const stream = await genAi.observe(call, () => ApiPromise.resolve(new Stream()));
    expect(stream).toBeInstanceOf(Stream);
    expect(stream.controller.signal.aborted).toBe(false);
    const seen = [];
    for await (const { usage } of stream) seen.push(usage.completion_tokens);
    expect(seen).toEqual([1, 2, 3]);
    const label = 'chat openai gpt-4o gpt-4o-2';
    expect(values('operation_duration_seconds')).toEqual([`${label} : 1 of 1`]);
    expect(values('operation_time_to_first_chunk_seconds')).toEqual([`${label}: 1 of 0.25`]);
    expect(values('operation_time_per_output_chunk_seconds')).toEqual([`${label}: 2 of 0.75`]);
    expect(values('token_usage')).toEqual([`${label} output: 1 of 3`]);
  });

  it('A stream that its consumer leaves ends with what it has told', async () => {
    const { genAi, values } = started();
    const stream = await genAi.observe(call, async function* () {
      yield { usage: { prompt_tokens: 7 } };
      yield {};
    });
    for await (const chunk of stream) if (chunk) break;
    expect(values('operation_duration_seconds')).toEqual(['chat openai gpt-4o  : 1 of 0']);
    expect(values('token_usage')).toEqual(['chat openai gpt-4o  input: 1 of 7']);
  });

  it('Tokens can be recorded by hand, and an answer whose members throw changes no result', async () => {
    const { genAi, faults, values } = started();
    genAi.tokens(call, { input: 5, output: 2 });
    expect(values('token_usage')).toHaveLength(2);
    const hostile = Object.defineProperty({}, 'usage', {
      get: () => {
        throw new Error('no usage');
      },
    });
    expect(await genAi.observe(call, () => hostile)).toBe(hostile);
    expect(faults).toEqual([new Error('no usage')]);
  });

  it('A call runs without a record before the start and after the end of the application', async () => {
    expect(await new GenAi().observe(call, () => 1)).toBe(1);
    const { genAi, values } = started();
    genAi.stop();
    expect(await genAi.observe(call, async () => 2)).toBe(2);
    expect(values('operation_duration_seconds')).toEqual([]);
  });

  it('OTLP has the names, units, attributes and bounds of the semantic conventions', async () => {
    const { genAi, registry } = started();
    await genAi.observe(call, () => ({ usage: { prompt_tokens: 7 } }));
    const encoding = {
      temporality: 'cumulative',
      exponentialHistograms: false,
      sinceMs: 0,
    } as never;
    const payload = { snapshot: registry.snapshot(), encoding };
    const { resourceMetrics } = JSON.parse(Buffer.from(encodeOtlpJson(payload, {})).toString()) as {
      resourceMetrics: [{ scopeMetrics: [{ metrics: OtlpMetric[] }] }];
    };
    const shown = resourceMetrics[0].scopeMetrics[0].metrics.map(({ name, unit, histogram }) => {
      const [{ attributes, explicitBounds }] = histogram.dataPoints;
      const { 0: first, length } = explicitBounds;
      return [name, unit, attributes.map(({ key }) => key), [first, explicitBounds.at(-1), length]];
    });
    const common = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model'];
    expect(shown).toEqual([
      ['gen_ai.client.operation.duration', 's', common, [0.01, 81.92, 14]],
      [
        'gen_ai.client.token.usage',
        '{token}',
        [...common, 'gen_ai.token.type'],
        [1, 67_108_864, 14],
      ],
    ]);
  });
});

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly histogram: {
    readonly dataPoints: readonly [
      {
        readonly attributes: readonly { readonly key: string }[];
        readonly explicitBounds: readonly number[];
      },
    ];
  };
}
