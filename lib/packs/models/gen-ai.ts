import type { CallRecorder } from '../../instrumentation/calls/call-recorder.js';
import { runRecorded } from '../../instrumentation/calls/observed-work.js';
import { errorTypeOf } from '../../kernel/errors/error-description.js';
import { genAiMetrics } from '../../metrics/catalogue/plugins/gen-ai.js';
import {
  type CatalogueInstruments,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import { MetricRegistry } from '../../metrics/registry.js';
import type { ObservabilityPlugin, PluginContext } from '../../plugins/plugin.js';
import { type ModelHost, TimedWork } from './timed-work.js';
import { type AnswerFacts, factsOf, type TokenUsage } from './token-usage.js';

/** Call to a generative model, in the words of the semantic conventions. */
export interface GenAiCall {
  /** Value of `gen_ai.operation.name`: `chat`, `text_completion`, `generate_content`, `embeddings`. */
  readonly operation: string;
  /** Value of `gen_ai.provider.name`: `openai`, `anthropic`, `gcp.gemini`, `aws.bedrock`. */
  readonly provider: string;
  /** Model that is asked: `gpt-4o`. @defaultValue none */
  readonly model?: string;
}

type Metrics = CatalogueInstruments<typeof genAiMetrics>;

/**
 * Records calls to generative models of any client: duration, tokens, and for streams the time to the first chunk and between
 * chunks. The plugin {@link genAi} provides it.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { GenAi } from '@eventcore/nestjs-observability/packs';
 *
 * declare const openai: {
 *   chat: { completions: { create(request: object): Promise<AsyncIterable<unknown>> } };
 * };
 *
 * @Injectable()
 * export class Answers {
 *   constructor(private readonly genAi: GenAi) {}
 *
 *   stream(messages: readonly object[]) {
 *     const model = 'gpt-4o';
 *     return this.genAi.observe({ operation: 'chat', provider: 'openai', model }, () =>
 *       openai.chat.completions.create({
 *         ...{ model, messages, stream: true },
 *         stream_options: { include_usage: true },
 *       }),
 *     );
 *   }
 * }
 * ```
 */
export class GenAi {
  #metrics: Metrics | undefined;
  #host: ModelHost | undefined;

  /**
   * Calls a model. Tokens and the name of the model that answered are read from the answer or the chunks of OpenAI, Anthropic,
   * Gemini, Bedrock, Ollama and the AI SDK.
   *
   * @param call - Operation, provider and model.
   * @param work - Calls the client.
   * @returns The answer, or the stream of its chunks. Errors are those of the client.
   */
  observe<T>(call: GenAiCall, work: () => T | PromiseLike<T>): Promise<T> {
    // An async function turns the promise of a client, which may have methods of its own, into a plain one.
    const answer = async (): Promise<T> => work();
    if (this.#metrics === undefined || this.#host === undefined) return answer();
    return runRecorded(new ModelCall(call, this.#metrics, this.#host), answer);
  }

  /**
   * Records the tokens of a call whose answer does not tell them.
   *
   * @param usage - Numbers of tokens, 0 or more.
   */
  tokens(call: GenAiCall, usage: TokenUsage): void {
    if (this.#metrics === undefined || this.#host === undefined) return;
    new ModelCall(call, this.#metrics, this.#host).used(usage);
  }

  /** @internal */
  start({ get, namespace, clock, report }: PluginContext): void {
    this.#metrics = registerCatalogue(get(MetricRegistry), genAiMetrics, { namespace });
    this.#host = { clock, report };
  }

  /** @internal */
  stop(): void {
    this.#host = undefined;
  }
}

/** One call to a model. */
class ModelCall extends TimedWork {
  readonly #call: GenAiCall;
  readonly #metrics: Metrics;
  #startedMs = Number.NaN;
  #lastChunkMs: number | undefined;
  #isStream = false;
  #facts: AnswerFacts = {};

  constructor(call: GenAiCall, metrics: Metrics, host: ModelHost) {
    super(host);
    this.#call = call;
    this.#metrics = metrics;
  }

  override start(): number {
    return (this.#startedMs = super.start());
  }

  again(): CallRecorder {
    return new ModelCall(this.#call, this.#metrics, this.host);
  }

  streaming(): void {
    this.#isStream = true;
  }

  /** Receives a chunk of a stream. */
  seen(chunk: unknown): void {
    this.guard(() => {
      this.#learn(chunk);
      const { firstChunk, nextChunk } = this.#metrics;
      const metric = this.#lastChunkMs === undefined ? firstChunk : nextChunk;
      metric
        .labels(this.#labels())
        .observe(this.secondsSince(this.#lastChunkMs ?? this.#startedMs));
      this.#lastChunkMs = this.host.clock.monotonicMs();
    });
  }

  /** Records tokens. */
  used(usage: TokenUsage): void {
    this.guard(() => {
      const { input, output } = usage;
      const of = (type: string) =>
        this.#metrics.tokens.labels({ ...this.#labels(), gen_ai_token_type: type });
      if (input !== undefined) of('input').observe(input);
      if (output !== undefined) of('output').observe(output);
    });
  }

  protected ended(seconds: number, end: { result: unknown } | { error: unknown }): void {
    if ('result' in end && !this.#isStream) this.#learn(end.result);
    const error_type = 'error' in end ? errorTypeOf(end.error) : '';
    this.#metrics.duration.labels({ ...this.#labels(), error_type }).observe(seconds);
    this.used(this.#facts);
  }

  /** Chunks repeat numbers that grow, and each has a part of the facts. */
  #learn(answer: unknown): void {
    const { input, output, model } = factsOf(answer);
    const { input: input0, output: output0, model: model0 } = this.#facts;
    this.#facts = { input: input ?? input0, output: output ?? output0, model: model ?? model0 };
  }

  #labels() {
    const { operation, provider, model = '' } = this.#call;
    return {
      gen_ai_operation_name: operation,
      gen_ai_provider_name: provider,
      gen_ai_request_model: model,
      gen_ai_response_model: this.#facts.model ?? '',
    };
  }
}

/**
 * Plugin that provides {@link GenAi}: metrics of calls to generative models. Over OTLP they have the names of the semantic
 * conventions of OpenTelemetry 1.41.0, which are in development.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { genAi } from '@eventcore/nestjs-observability/packs';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [genAi()] });
 * ```
 */
export function genAi(): ObservabilityPlugin {
  return {
    name: 'gen-ai',
    providers: [{ provide: GenAi, useFactory: () => new GenAi() }],
    init: (context) => context.get(GenAi).start(context),
    stop: ({ get }) => get(GenAi).stop(),
  };
}
