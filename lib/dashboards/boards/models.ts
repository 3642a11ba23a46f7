import { genAiMetrics } from '../../metrics/catalogue/plugins/gen-ai.js';
import { machineLearningMetrics } from '../../metrics/catalogue/plugins/machine-learning.js';
import type { Board } from '../board.js';
import { graph, stat } from '../panels.js';
import { quantile, rateBy, series, share } from '../queries.js';

const asked = 'gen_ai_request_model=~"$model"';
const byModel = 'gen_ai_request_model';
const ofModel = '{{gen_ai_request_model}}';
const { duration, tokens, firstChunk, nextChunk } = genAiMetrics;
const calls = { name: `${duration.name}_count` };
const used = { name: `${tokens.name}_sum` };
const { predictions, prediction, training, accuracy } = machineLearningMetrics;
const byVersion = 'model, version';
const version = '{{model}} {{version}}';
const failing = 'error_type!=""';

/** Generative models and models of the application. */
export const modelsBoard: Board = {
  id: 'models',
  title: 'Models',
  description: 'Calls to generative models, and predictions and trainings of own models.',
  variables: [
    {
      name: 'model',
      title: 'Generative model',
      values: { series: series(calls), label: byModel },
    },
  ],
  rows: [
    {
      title: 'Generative models',
      panels: [
        stat(
          'Calls: How many calls per second end?',
          { unit: 'per second', width: 8, absent: 'no call' },
          { calls: rateBy('', calls, asked) },
        ),
        stat(
          'Failed calls: What share of the calls fails?',
          { unit: 'ratio', width: 8, absent: 'no call' },
          {
            failed: share(rateBy('', calls, `${asked}, ${failing}`), rateBy('', calls, asked)),
          },
        ),
        stat(
          'Tokens: How many tokens per second are used?',
          { unit: 'per second', width: 8, absent: 'no answer has told its tokens' },
          { tokens: rateBy('', used, asked) },
        ),
        graph(
          'Tokens by model: Which model uses how many?',
          { unit: 'per second', width: 12, absent: 'no answer has told its tokens' },
          {
            [`${ofModel} {{gen_ai_token_type}}`]: rateBy(
              `${byModel}, gen_ai_token_type`,
              used,
              asked,
            ),
          },
        ),
        graph(
          'Failures by error: Why do calls fail?',
          { unit: 'per second', width: 12, absent: 'no call has failed' },
          {
            [`${ofModel} {{error_type}}`]: rateBy(
              `${byModel}, error_type`,
              calls,
              `${asked}, ${failing}`,
            ),
          },
        ),
        graph(
          'Duration by model: How long do 95 % of the calls take at most?',
          { unit: 'seconds', absent: 'no call' },
          { [ofModel]: quantile(0.95, [byModel, duration, asked]) },
        ),
        graph(
          'First chunk: After which time do 95 % of the streams begin?',
          { unit: 'seconds', absent: 'no stream' },
          { [ofModel]: quantile(0.95, [byModel, firstChunk, asked]) },
        ),
        graph(
          'Between chunks: How long do 95 % of the chunks take at most?',
          { unit: 'seconds', absent: 'no stream' },
          { [ofModel]: quantile(0.95, [byModel, nextChunk, asked]) },
        ),
      ],
    },
    {
      title: 'Own models',
      panels: [
        graph(
          'Predictions: How many end, and how?',
          { unit: 'per second', width: 12, absent: 'no prediction' },
          { [`${version} {{outcome}}`]: rateBy(`${byVersion}, outcome`, predictions) },
        ),
        graph(
          'Duration of predictions: How long do 95 % of them take at most?',
          { unit: 'seconds', width: 12, absent: 'no prediction' },
          { [version]: quantile(0.95, [byVersion, prediction]) },
        ),
        graph(
          'Accuracy: How good is each version?',
          { unit: 'ratio', width: 12, absent: 'no accuracy recorded' },
          { [version]: `min by (${byVersion}) (${series(accuracy)})` },
        ),
        graph(
          'Duration of trainings: How long do 95 % of them take at most?',
          { unit: 'seconds', width: 12, absent: 'no training' },
          { [version]: quantile(0.95, [byVersion, training]) },
        ),
      ],
    },
  ],
};
