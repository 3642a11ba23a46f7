import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../lib/packs/models/token-usage.js';

describe('the facts of an answer of a generative model', () => {
  it.each([
    ['OpenAI', { model: 'm', usage: { prompt_tokens: 7, completion_tokens: 3 } }],
    [
      'OpenAI Responses',
      {
        type: 'response.completed',
        response: { model: 'm', usage: { input_tokens: 7, output_tokens: 3 } },
      },
    ],
    [
      'Anthropic',
      {
        model: 'm',
        usage: {
          input_tokens: 4,
          cache_read_input_tokens: 2,
          cache_creation_input_tokens: 1,
          output_tokens: 3,
        },
      },
    ],
    [
      'Anthropic, the first event of a stream',
      {
        type: 'message_start',
        message: { model: 'm', usage: { input_tokens: 7, output_tokens: 3 } },
      },
    ],
    [
      'Gemini',
      { modelVersion: 'm', usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3 } },
    ],
    ['Ollama', { model: 'm', prompt_eval_count: 7, eval_count: 3 }],
    [
      'the AI SDK',
      {
        response: { modelId: 'm' },
        usage: { inputTokens: 2, outputTokens: 1 },
        totalUsage: { inputTokens: 7, outputTokens: 3 },
      },
    ],
  ])('Tokens and model are found in an answer of %s', (_provider, answer) => {
    expect(factsOf(answer)).toEqual({ input: 7, output: 3, model: 'm' });
  });

  it.each([
    [
      'an embedding',
      { model: 'm', usage: { prompt_tokens: 7, total_tokens: 7 } },
      { input: 7, output: undefined, model: 'm' },
    ],
    [
      'a delta of Anthropic',
      { type: 'message_delta', usage: { output_tokens: 9 } },
      { input: undefined, output: 9, model: undefined },
    ],
    [
      'Bedrock',
      { metadata: { usage: { inputTokens: 7, outputTokens: 3 } } },
      { input: 7, output: 3, model: undefined },
    ],
  ])('The facts that %s contains are found', (_what, answer, facts) => {
    expect(factsOf(answer)).toEqual(facts);
  });

  it.each([
    ['text', 'Hello'],
    ['nothing', undefined],
    ['a chunk without usage', { usage: null, choices: [] }],
    [
      'numbers that are no counts',
      { model: 7, usage: { prompt_tokens: -1, completion_tokens: '3' } },
    ],
  ])('No facts are found in %s', (_what, answer) => {
    expect(factsOf(answer)).toEqual({ input: undefined, output: undefined, model: undefined });
  });
});
