import { expect } from 'vitest';
import { GenAi, MachineLearning } from '../../../lib/packs/index.js';
import { clock } from './work-of-jobs.js';
import type { RunningApplication } from './running-application.js';

/** A stream of a model: two chunks, of which the last one tells the tokens. */
async function* chunks() {
  clock.advance(20);
  yield { model: 'large-2', text: 'Hello' };
  clock.advance(30);
  yield { model: 'large-2', usage: { prompt_tokens: 12, completion_tokens: 3 } };
}

/** Asks generative models and models of the application, well and badly. */
export async function askModels({ app }: RunningApplication): Promise<void> {
  const genAi = app.get(GenAi);
  const call = { operation: 'chat', provider: 'acme', model: 'large' };
  for await (const chunk of await genAi.observe(call, chunks)) expect(chunk.model).toBe('large-2');
  const refused = genAi.observe(call, () => Promise.reject(new TypeError('no key')));
  await expect(refused).rejects.toThrow('no key');
  const learning = app.get(MachineLearning);
  const model = { model: 'fraud', version: '3' };
  learning.predict(model, () => clock.advance(10));
  const failing = () => {
    throw new Error('no model');
  };
  expect(() => learning.predict(model, failing)).toThrow('no model');
  await learning.train(model, async () => clock.advance(60_000));
  learning.accuracy(model, 0.9);
}
