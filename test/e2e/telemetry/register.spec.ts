import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { GrpcReceiver } from '../../contract/otlp/grpc-receiver.js';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';
import { dist, repository, runNode } from './node-process.js';

const REGISTER = ['--import', join(dist, 'register.js')];
const RECORD = `
  import { trace } from '@opentelemetry/api';
  const tracer = trace.getTracer('script');
  tracer.startActiveSpan('outer', (outer) => {
    tracer.startSpan('inner').end();
    outer.end();
  });
`;

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function openReceiver(): Promise<HttpReceiver> {
  const receiver = await new HttpReceiver().open();
  closing.push(() => receiver.close());
  return receiver;
}

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'register-')));
  closing.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('node --import …/register', () => {
  it('Node --import …/register reads the section telemetry of OBSERVABILITY_CONFIG_FILE', async () => {
    const receiver = await openReceiver();
    const file = join(temporaryFolder(), 'observability.yaml');
    const exporter = `{ otlp: { endpoint: '\${RECEIVER}', protocol: http/json } }`;
    writeFileSync(
      file,
      `module: { serviceName: from-file }\ntelemetry: { exporters: [${exporter}] }\n`,
    );
    const env = { OBSERVABILITY_CONFIG_FILE: file, RECEIVER: receiver.url };
    const { code, stderr } = await runNode({ script: RECORD, args: REGISTER, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(receiver.spans.map(({ name }) => name).toSorted()).toEqual(['inner', 'outer']);
    expect(receiver.requests[0]?.body.toString()).toContain('from-file');
  });

  it('Node --import …/register stops the process with the place of a bad option', async () => {
    const file = join(temporaryFolder(), 'observability.yaml');
    writeFileSync(file, 'telemetry:\n  samplr: always\n');
    const env = { OBSERVABILITY_CONFIG_FILE: file };
    const { code, stderr } = await runNode({ script: RECORD, args: REGISTER, env });
    expect(code).not.toBe(0);
    expect(stderr).toContain('observability.yaml:2:3 telemetry.samplr');
  });

  it('Node --import …/register exports the spans of a script that knows the API only, before the process ends', async () => {
    const receiver = await openReceiver();
    const { code, stderr } = await runNode({
      script: RECORD,
      args: REGISTER,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_SERVICE_NAME: 'script',
        OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.0,deployment.environment.name=test',
        PASSWORD: 'hunter2',
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [inner, outer] = receiver.spans;
    expect([inner?.name, outer?.name]).toEqual(['inner', 'outer']);
    expect(inner?.parentSpanId).toBe(outer?.spanId);
    expect(inner?.resource).toMatchObject({
      'service.name': 'script',
      'service.version': '1.0',
      'deployment.environment.name': 'test',
    });
    expect(JSON.stringify(receiver.spans)).not.toMatch(/hunter2|--eval|command/);
  });

  it('Node --import …/register counts what the metrics API counts before Nest starts, and propagates B3', async () => {
    const script = `
      import 'reflect-metadata';
      import { context, metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
      const counter = metrics.getMeter('early').createCounter('early.jobs');
      counter.add(2, { queue: 'mail' });
      const { Module } = await import('@nestjs/common');
      const { NestFactory } = await import('@nestjs/core');
      const { ObservabilityModule, ObservabilityService } = await import(${JSON.stringify(join(dist, 'index.js'))});
      const { otelMetrics } = await import(${JSON.stringify(join(dist, 'integrations/otel-metrics/index.js'))});
      const plugins = [otelMetrics({ scopeLabels: false })];
      class App {}
      Module({ imports: [ObservabilityModule.forRoot({ plugins })] })(App);
      const app = await NestFactory.create(App, { logger: false });
      app.enableShutdownHooks();
      await app.listen(0, '127.0.0.1');
      counter.add(1, { queue: 'mail' });
      const page = await (await fetch(await app.getUrl() + '/metrics')).text();
      const samples = page.split('\\n').filter((it) => it.startsWith('early_jobs_total'));
      const { hints } = app.get(ObservabilityService).diagnose();
      const carrier = {};
      const span = trace.getTracer('script').startSpan('a');
      propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
      await app.close();
      console.log(JSON.stringify({ samples, hints, fields: Object.keys(carrier) }));
    `;
    const { code, stdout, stderr } = await runNode({
      script,
      args: REGISTER,
      env: {
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_PROPAGATORS: 'b3',
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      samples: ['early_jobs_total{queue="mail"} 3'],
      hints: [],
      fields: ['b3'],
    });
  });

  it('Node --import …/register keeps a process alive by nothing', async () => {
    const receiver = await openReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '3600000' };
    const { code, tookMs } = await runNode({ script: '', args: REGISTER, env });
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5000);
    expect(receiver.requests).toEqual([]);
  });

  it('Node --import …/register ends with the exit code of the process, collector or not', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    };
    const { code, stderr } = await runNode({
      script: `${RECORD} process.exitCode = 3;`,
      args: REGISTER,
      env,
    });
    expect(code).toBe(3);
    expect(stderr).toContain('TelemetryWarning: exporter otlp failed');
    expect(stderr).not.toContain('UnhandledPromiseRejection');
  });

  it('Node --import …/register is found by a second copy of the package when the application looks for it', async () => {
    const anotherCopy = temporaryFolder();
    cpSync(dist, join(anotherCopy, 'dist'), { recursive: true });
    cpSync(join(repository, 'package.json'), join(anotherCopy, 'package.json'));
    symlinkSync(join(repository, 'node_modules'), join(anotherCopy, 'node_modules'));
    const script = `
      import { startTelemetry } from '${dist}/tracing/index.js';
      import { startTelemetry as ofCopy } from '${anotherCopy}/dist/tracing/index.js';
      const found = await startTelemetry({ warn: () => undefined });
      const again = await ofCopy({ warn: (it) => console.log(it) });
      console.log(found.state, found === again);
    `;
    const env = { OTEL_TRACES_EXPORTER: 'none' };
    const { stdout } = await runNode({ script, args: REGISTER, env });
    expect(stdout).toBe(
      'startTelemetry() was called before: the options of this call are not used\nactive true\n',
    );
  });

  it('Node --import …/register starts nothing with OTEL_SDK_DISABLED', async () => {
    const receiver = await openReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: 'true' };
    const { code, stderr } = await runNode({ script: RECORD, args: REGISTER, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(receiver.requests).toEqual([]);
  });

  it('Node --import …/register warns about variables that it ignores, and starts', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_TRACES_SAMPLER: 'xray' };
    const { code, stderr } = await runNode({ script: '', args: REGISTER, env });
    expect(code).toBe(0);
    expect(stderr).toContain('TelemetryWarning: OTEL_TRACES_SAMPLER = "xray" is ignored');
  });
});

describe('a process whose collector hangs', () => {
  it.each(['http/protobuf', 'http/json'])(
    'A process whose collector hangs ends by itself after the shutdown, over %s',
    async (protocol) => {
      const receiver = await openReceiver();
      receiver.answer = () => {};
      const { code, stderr, tookMs } = await runNode({
        script: `
        import { startTelemetry } from '${dist}/tracing/index.js';
        const telemetry = await startTelemetry({
          exporter: { type: 'otlp', protocol: '${protocol}', endpoint: '${receiver.url}', timeoutMs: 60_000 },
          shutdownTimeoutMs: 200,
        });
        ${RECORD}
        await telemetry.shutdown();
      `,
      });
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(5000);
      expect(stderr).toContain('2 spans of otlp are lost');
      expect(stderr).not.toContain('Unhandled');
      expect(receiver.requests).toHaveLength(1);
    },
  );
});

describe('a process that ends while its receiver hangs', () => {
  const hanging = (exporter: string, limits: string) => `
    import { startTelemetry } from '${dist}/tracing/index.js';
    const telemetry = await startTelemetry({ exporter: ${exporter}, ${limits} });
    ${RECORD}
  `;

  it('A process with a hanging Zipkin receiver ends after the shutdown', async () => {
    const receiver = await openReceiver();
    receiver.answer = () => {};
    const exporter = `{ type: 'zipkin', endpoint: '${receiver.url}', timeoutMs: 60_000 }`;
    const script = `${hanging(exporter, 'shutdownTimeoutMs: 200')} await telemetry.shutdown();`;
    const { code, stderr, tookMs } = await runNode({ script });
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5000);
    expect(stderr).toContain('2 spans of zipkin are lost');
    expect(stderr).not.toContain('Unhandled');
  });

  it('A process with a hanging Zipkin receiver ends without a shutdown after the time limit of an export', async () => {
    const receiver = await openReceiver();
    receiver.answer = () => {};
    const exporter = `{ type: 'zipkin', endpoint: '${receiver.url}', timeoutMs: 300 }`;
    const script = `${hanging(exporter, 'batch: { delayMs: 10 }')}
      import http from 'node:http';
      const own = http.globalAgent;
      const working = setInterval(() => {}, 1000);
      telemetry.onExport(({ outcome }) => {
        console.log(outcome, http.globalAgent === own);
        clearInterval(working);
      });
    `;
    const { code, stdout, tookMs } = await runNode({ script });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'failure true\n' });
    expect(tookMs).toBeLessThan(5000);
    expect(receiver.requests).toHaveLength(1);
  });

  it('A process with a hanging gRPC receiver ends after the shutdown and the time limit of an export', async () => {
    const receiver = await new GrpcReceiver().open();
    closing.push(() => receiver.close());
    receiver.fault = 'hang';
    const exporter = `{ type: 'otlp', protocol: 'grpc', endpoint: '${receiver.url}', timeoutMs: 1000 }`;
    const script = `${hanging(exporter, 'shutdownTimeoutMs: 200')} await telemetry.shutdown();`;
    const { code, stderr, tookMs } = await runNode({ script });
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5000);
    expect(stderr).toContain('2 spans of otlp are lost');
  });
});

describe('an application without the packages of OpenTelemetry', () => {
  it('An application without the packages of OpenTelemetry is told by name what to install', async () => {
    const folder = temporaryFolder();
    cpSync(dist, join(folder, 'dist'), { recursive: true });
    cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(repository, 'node_modules/valibot'), join(folder, 'node_modules/valibot'));
    const args = ['--import', join(folder, 'dist/register.js')];
    const { code, stderr } = await runNode({ script: '', args, cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain('OBS_PEER_MISSING');
    expect(stderr).toContain(
      'npm install @opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/resources @opentelemetry/core ' +
        '@opentelemetry/context-async-hooks @opentelemetry/exporter-trace-otlp-proto',
    );
  });
});

describe('an application with a newer @opentelemetry/api than the SDK', () => {
  const manifest = join(repository, 'node_modules/@opentelemetry/api/package.json');
  const { version: installed } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

  /** The real package, with a later minor version in the place where it keeps its own. */
  function folderWithNewerApi(): string {
    const folder = temporaryFolder();
    const api = join(folder, 'node_modules/@opentelemetry/api');
    cpSync(join(repository, 'node_modules/@opentelemetry/api'), api, { recursive: true });
    // 1.9 keeps its version in the first, 1.10 in the others.
    const files = ['build/src/version.js', 'dist/version.cjs', 'dist/version.mjs'];
    for (const file of ['package.json', ...files].map((it) => join(api, it)).filter(existsSync)) {
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(installed, '1.99.0'));
    }
    return folder;
  }

  it('An application with a newer @opentelemetry/api than the SDK records nothing, and both copies are named in a warning', async () => {
    const cwd = folderWithNewerApi();
    const script = `
      import { trace } from '@opentelemetry/api';
      console.log(trace.getTracer('x').startSpan('lost').isRecording());
    `;
    const { stdout, stderr } = await runNode({
      script,
      args: REGISTER,
      cwd,
      env: { OTEL_TRACES_EXPORTER: 'none' },
    });
    expect(stdout).toBe('false\n');
    expect(stderr).toContain('@opentelemetry/api is installed in 2 versions');
    expect(stderr).toContain(
      `${installed} in ${realpathSync(join(repository, 'node_modules/@opentelemetry/api'))}`,
    );
    expect(stderr).toContain(
      `1.99.0 in ${join(cwd, 'node_modules/@opentelemetry/api')} (spans made through it are lost)`,
    );
  });

  it('An application with a newer @opentelemetry/api than the SDK and an SDK that it started itself is warned once when an application of Nest starts', async () => {
    const cwd = folderWithNewerApi();
    const { resolve } = createRequire(import.meta.url);
    const script = `
      import sdk from '${resolve('@opentelemetry/sdk-trace-base')}';
      import api from '${resolve('@opentelemetry/api')}';
      import { NestFactory } from '${join(repository, 'node_modules/@nestjs/core/index.js')}';
      import { ObservabilityModule } from '${dist}/index.js';
      api.trace.setGlobalTracerProvider(new sdk.BasicTracerProvider());
      for (const name of ['one', 'two']) {
        class AppModule {}
        const module = { module: AppModule, imports: [ObservabilityModule.forRoot()] };
        const app = await NestFactory.createApplicationContext(module, { logger: ['warn'] });
        await app.close();
      }
    `;
    const { code, stdout, stderr } = await runNode({ script, cwd, env: { NO_COLOR: '1' } });
    const output = stdout + stderr;
    expect(code, output).toBe(0);
    expect(output.match(/is installed in 2 versions/g), output).toHaveLength(1);
    expect(output).toContain(
      `${installed} in ${realpathSync(join(repository, 'node_modules/@opentelemetry/api'))}`,
    );
    expect(output).toContain(`1.99.0 in ${join(cwd, 'node_modules/@opentelemetry/api')}`);
    expect(output).toContain(`The SDK is registered through ${installed}`);
  });

  it('An application with a newer @opentelemetry/api than the SDK that has registered something already is told why tracing does not start', async () => {
    const cwd = folderWithNewerApi();
    const script = `
      import { metrics } from '@opentelemetry/api';
      import { startTelemetry } from '${dist}/tracing/index.js';
      metrics.setGlobalMeterProvider({ getMeter: () => ({}) });
      const { state, reason } = await startTelemetry({ exporter: 'none', warn: () => {} });
      console.log(state, reason);
    `;
    const { stdout } = await runNode({ script, cwd });
    expect(stdout).toContain('foreign OpenTelemetry refused the tracer provider');
  });
});
