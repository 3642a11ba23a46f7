/** Tokens of one call, as far as its answer says. */
export interface TokenUsage {
  /** Tokens of the prompt, with those that the provider read from its cache. */
  readonly input?: number | undefined;
  /** Tokens of the answer. */
  readonly output?: number | undefined;
}

/** Facts that an answer, or a chunk of one, contains about itself. */
export interface AnswerFacts extends TokenUsage {
  /** Name of the model that answered. */
  readonly model?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Members of answers and chunks that may hold the facts: of Anthropic, OpenAI Responses and Bedrock. */
const INNER = ['message', 'response', 'metadata'];
/** Members with the tokens. The AI SDK has the sum of all steps in `totalUsage`. */
const USAGE = ['totalUsage', 'usage', 'usageMetadata'];
/** Names of the number of input tokens: OpenAI, Anthropic, AI SDK and Bedrock, Gemini, Ollama. */
const INPUT = [
  'prompt_tokens',
  'input_tokens',
  'inputTokens',
  'promptTokenCount',
  'prompt_eval_count',
];
const OUTPUT = [
  'completion_tokens',
  'output_tokens',
  'outputTokens',
  'candidatesTokenCount',
  'eval_count',
];
/** Anthropic does not count these among the input tokens. */
const CACHED = ['cache_read_input_tokens', 'cache_creation_input_tokens'];
const MODEL = ['model', 'modelVersion', 'modelId'];

/** Returns the facts of an answer or a chunk of a provider that is known by its shape. It may run getters of the answer. */
export function factsOf(answer: unknown): AnswerFacts {
  const places = objectsOf([answer]).flatMap((it) => [it, ...membersOf(it, INNER)]);
  const usages = places.flatMap((it) => [...membersOf(it, USAGE), it]);
  const model = places.flatMap((it) => MODEL.map((name) => it[name])).find(isName);
  return {
    input: firstOf(usages, (it) => numberIn(it, INPUT, CACHED)),
    output: firstOf(usages, (it) => numberIn(it, OUTPUT)),
    model,
  };
}

function membersOf(fields: Fields, names: readonly string[]): Fields[] {
  return objectsOf(names.map((it) => fields[it]));
}

function objectsOf(values: readonly unknown[]): Fields[] {
  return values.filter((it): it is Fields => typeof it === 'object' && it !== null);
}

function firstOf(
  usages: readonly Fields[],
  read: (usage: Fields) => number | undefined,
): number | undefined {
  for (const it of usages) {
    const found = read(it);
    if (found !== undefined) return found;
  }
  return undefined;
}

function numberIn(
  usage: Fields,
  names: readonly string[],
  more: readonly string[] = [],
): number | undefined {
  const own = names.map((it) => usage[it]).find(isCount);
  const others = more.map((it) => usage[it]).filter(isCount);
  return own === undefined ? undefined : others.reduce((sum, it) => sum + it, own);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
