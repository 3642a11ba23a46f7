import {
  Controller,
  Get,
  Inject,
  type ModuleMetadata,
  Req,
  Res,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { EndpointRoute } from '../../exporters/prometheus/http/endpoint-listener.js';
import type { PlatformResponse } from '../../kernel/platform-response.js';
import type { Diagnosis, Explanation } from '../diagnosis/diagnosis.js';
import { Diagnostics } from '../diagnosis/diagnostics.js';
import { ObservabilityRuntime } from '../observability-runtime.js';
import type { DiagnosisOptions } from '../options/diagnosis-options.js';
import type { PrometheusOptions } from '../options/prometheus-options.js';
import { prepareController } from './endpoint-controller.js';

const DIAGNOSIS_PATH = '/diagnosis';
/** Longest list of an answer. */
const MOST_ENTRIES = 5_000;
const HEADERS = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };

/** Headers that a proxy adds: the request may come from anywhere. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;
const FORBIDDEN = {
  error:
    'The diagnosis answers requests from the same machine only: set diagnosis.guards or prometheus.port.',
};

/** Place of the diagnosis endpoint: a route of the application, or the port of the metrics. */
export type DiagnosisPlace = 'application' | 'metrics port';

/** Returns the path of the diagnosis endpoint. */
export function diagnosisPathOf({ path = DIAGNOSIS_PATH }: DiagnosisOptions): string {
  return path;
}

/** Returns the place of the diagnosis endpoint: guards run on routes of the application only. */
export function diagnosisPlaceOf(
  { guards = [] }: DiagnosisOptions,
  prometheus: PrometheusOptions | false,
): DiagnosisPlace {
  const hasPort = prometheus !== false && prometheus.port !== undefined;
  return hasPort && guards.length === 0 ? 'metrics port' : 'application';
}

/** Returns the parts of the module for a diagnosis endpoint in the application. */
export function wireDiagnosis(
  options: DiagnosisOptions | false,
  prometheus: PrometheusOptions | false,
): Required<Pick<ModuleMetadata, 'imports' | 'controllers'>> & { readonly paths: string[] } {
  if (options === false || diagnosisPlaceOf(options, prometheus) !== 'application')
    return { imports: [], controllers: [], paths: [] };
  const controllers = [diagnosisController(options)];
  return { imports: options.imports ?? [], controllers, paths: [diagnosisPathOf(options)] };
}

/** Returns a controller class for the diagnosis endpoint of this application. */
function diagnosisController(options: DiagnosisOptions): Type {
  const { guards = [], decorators } = options;
  class ObservabilityDiagnosisController {
    readonly #runtime: ObservabilityRuntime;

    constructor(@Inject(ObservabilityRuntime) runtime: ObservabilityRuntime) {
      this.#runtime = runtime;
    }

    @Get()
    diagnose(
      @Req() request: IncomingMessage & { readonly raw?: IncomingMessage },
      @Res() response: PlatformResponse,
    ): void {
      const raw = request.raw ?? request;
      const isAllowed = guards.length > 0 || isFromThisMachine(raw);
      const body = isAllowed ? answerOf(this.#runtime, raw.url) : FORBIDDEN;
      // Sent here and not returned, because a global interceptor that wraps results must not wrap it.
      response
        .status(isAllowed ? 200 : 403)
        .header('Cache-Control', 'no-store')
        .send(body);
    }
  }
  const path = diagnosisPathOf(options);
  Controller({ path, version: VERSION_NEUTRAL })(ObservabilityDiagnosisController);
  const isNamed = () => options.path !== undefined;
  prepareController(ObservabilityDiagnosisController, {
    purpose: 'diagnosis',
    isNamed,
    guards,
    decorators,
  });
  return ObservabilityDiagnosisController;
}

/** Returns the route of the diagnosis on a separate port. */
export function diagnosisRoute(runtime: ObservabilityRuntime): EndpointRoute {
  return async (request, response) => {
    response.writeHead(200, HEADERS).end(JSON.stringify(answerOf(runtime, request.url)));
  };
}

/** Returns true for a request that a program on the same machine has made, without a proxy or another host name. */
function isFromThisMachine({ socket, headers }: IncomingMessage): boolean {
  const host = String(headers.host ?? headers[':authority'] ?? '');
  return (
    LOOPBACK.test(socket.remoteAddress ?? '') &&
    // A page in a browser reaches this machine through a host name of its own.
    LOCAL_HOST.test(host) &&
    PROXY_HEADERS.every((it) => headers[it] === undefined)
  );
}

function answerOf(runtime: ObservabilityRuntime, url: string | undefined): Diagnosis | Explanation {
  const [, query = ''] = (url ?? '').split('?', 2);
  const name = new URLSearchParams(query).get('name');
  const diagnostics = new Diagnostics(runtime);
  return name === null ? bounded(diagnostics.diagnose()) : diagnostics.explain(name);
}

/** Shortens the lists that grow with the application, and says so. */
function bounded(diagnosis: Diagnosis): Diagnosis {
  const { metrics, handlers, hints } = diagnosis;
  const left = { metrics: metrics.length, handlers: handlers.length };
  const omitted = Object.entries(left)
    .filter(([, count]) => count > MOST_ENTRIES)
    .map(([list, count]) => `${count - MOST_ENTRIES} more ${list} are left out of this answer.`);
  return {
    ...diagnosis,
    metrics: metrics.slice(0, MOST_ENTRIES),
    handlers: handlers.slice(0, MOST_ENTRIES),
    hints: [...omitted, ...hints.slice(0, MOST_ENTRIES)],
  };
}
