import { durationBuckets } from '../../definition/metric-definition.js';
import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['machine-learning'] as const;
const model = { model: 'open', version: 'open' } as const;

/** Metrics of models that the application trains and asks. */
export const machineLearningMetrics = {
  predictions: {
    name: 'eventcore_ml_predictions_total',
    type: 'counter',
    help: 'Predictions that ended, by model, version and outcome.',
    labels: { ...model, outcome: 'closed' },
    needs,
    absentWhen: 'No prediction has ended.',
  },
  prediction: {
    name: 'eventcore_ml_prediction_duration_seconds',
    type: 'histogram',
    help: 'Duration of predictions.',
    unit: 'seconds',
    labels: model,
    buckets: durationBuckets,
    needs,
    absentWhen: 'No prediction has ended.',
  },
  training: {
    name: 'eventcore_ml_training_duration_seconds',
    type: 'histogram',
    help: 'Duration of trainings, by outcome.',
    unit: 'seconds',
    labels: { ...model, outcome: 'closed' },
    // 1 second to 1 day.
    buckets: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200, 86_400],
    needs,
    absentWhen: 'No training has ended.',
  },
  accuracy: {
    name: 'eventcore_ml_model_accuracy_ratio',
    type: 'gauge',
    aggregation: 'min',
    help: 'Accuracy of a model at its latest evaluation, 0 to 1.',
    unit: 'ratio',
    labels: model,
    needs,
    absentWhen: 'The accuracy of no model has been recorded.',
  },
} as const satisfies Record<string, CatalogueMetric>;
