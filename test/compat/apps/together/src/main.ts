// Runs one application with the library or without it, sends it a known load, and prints answers and counts.
import 'reflect-metadata';
import type { DynamicModule, INestApplication, INestApplicationContext } from '@nestjs/common';

/** An application and its load. */
export interface Trial {
  /** @param observability - Imports of the library, in the place where the application has them; none without it. */
  create(observability: DynamicModule[]): Promise<INestApplication | INestApplicationContext>;
  /** Requests as `METHOD path`, with a JSON body for POST. */
  readonly requests: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Work besides the requests. */
  work?(url: string, app: INestApplicationContext): Promise<unknown>;
  /** What it leaves when it has closed. */
  after?(): unknown;
  /** Options of the module. */
  options?(): object;
}

const VARYING = /^(?:date|connection|keep-alive|etag|content-length|transfer-encoding)$/;

const [name = '', mode] = process.argv.slice(2);
const trial = ((await import(`./${name}.js`)) as { trial: Trial }).trial;
const app = await trial.create(mode === 'with' ? [await observability()] : []);
const url = 'listen' in app ? await listen(app) : '';

const answers: unknown[] = [];
for (const it of trial.requests) answers.push(await answerOf(it));
const work = await trial.work?.(url, app);
const metrics = mode === 'with' ? await metricsOf(url) : '';
const startedMs = Date.now();
await app.close();
const closedMs = Date.now() - startedMs;
const samples = metrics.split('\n').filter((it) => it !== '' && !it.startsWith('#'));
console.log(JSON.stringify({ answers, work, after: trial.after?.(), samples, closedMs }));
process.on('exit', (code) => console.error(`exit ${code} ${Date.now() - startedMs}`));

async function listen(served: INestApplication): Promise<string> {
  await served.listen(0, '127.0.0.1');
  return served.getUrl();
}

/** Metrics, by the endpoint where there is one. */
async function metricsOf(server: string): Promise<string> {
  if (server !== '') return (await fetch(`${server}/metrics`)).text();
  const { ObservabilityService } = await import('@eventcore/nestjs-observability');
  return app.get(ObservabilityService).gather();
}

async function observability(): Promise<DynamicModule> {
  const { ObservabilityModule } = await import('@eventcore/nestjs-observability');
  return ObservabilityModule.forRoot({ serviceName: 'compat', ...trial.options?.() });
}

async function answerOf(request: string): Promise<unknown> {
  const [method = '', path = '', body] = request.split(' ');
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const init = { method, headers: { ...trial.headers, ...type }, ...(body && { body }) };
  const answer = await fetch(url + path, init);
  const headers = Object.fromEntries([...answer.headers].filter(([it]) => !VARYING.test(it)));
  return { request, status: answer.status, headers, body: await answer.text() };
}
