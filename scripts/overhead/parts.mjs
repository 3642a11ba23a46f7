// The parts of the overhead page: for each the cases of the benchmark and the columns that it shows.
const MICRO = 1e-3;

export const parts = [
  {
    file: 'handler',
    title: 'An awaited handler',
    text: 'Cost of a call beyond the same method without a decorator.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: MICRO },
    cases: [
      'decorated, no module',
      '+ metrics',
      'prom-client by hand',
      'OpenTelemetry metrics by hand',
      'nestjs-otel counter of calls',
    ],
  },
  ...[
    ['no SDK', 'Spans without an SDK'],
    ['request not sampled', 'Spans in a request that is not sampled'],
    ['root not sampled', 'Root spans that are not sampled'],
  ].map(([state, title]) => ({
    file: `span-${state.replaceAll(' ', '-').toLowerCase()}`,
    title,
    text: 'The peer stack is prom-client by hand plus `@Span` of nestjs-otel. This library records metrics and the span.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: MICRO },
    cases: ['+ span', 'nestjs-otel span alone', 'nestjs-otel span and counter', 'peer stack'].map(
      (it) => `${it}, ${state}`,
    ),
  })),
  {
    file: 'span-recorded',
    title: 'Spans that are recorded and exported',
    text: 'The exporter drops the spans, so the SDK and the code around it are measured.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: MICRO },
    cases: ['+ span', 'SDK span by hand', 'nestjs-otel span alone', 'peer stack'].map(
      (it) => `${it}, recorded and exported`,
    ),
  },
  {
    file: 'shapes',
    title: 'Other kinds of handlers',
    text: 'Metrics only. Failing handlers throw the same error object each time, so the cost of its stack is not included.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: MICRO },
    cases: [
      ...['sync', 'promise', 'async function', 'Observable', 'async iterator'].flatMap((it) => [
        it,
        `${it} that fails`,
      ]),
      '256 names',
    ].flatMap((it) => [`${it}, + metrics`, `${it}, prom-client by hand`]),
  },
  {
    file: 'command',
    title: 'A command with 1 ms of waiting and 50 µs of work',
    text: 'CPU time of the process, with 32 commands in flight.',
    unit: { key: 'addedNs', label: 'added, µs of CPU per command', scale: MICRO },
    cases: [
      ...['+ metrics', 'prom-client by hand', 'OpenTelemetry metrics by hand'].map(
        (it) => `command, ${it}`,
      ),
      ...['+ metrics + span', 'nestjs-otel span alone', 'peer stack'].map(
        (it) => `command in a request that is not sampled, ${it}`,
      ),
    ],
  },
  {
    file: 'http',
    title: 'HTTP requests',
    text:
      'Both applications of a pair run in one process and therefore share the background work of the library. ' +
      '`…_in_own_process` compares the requests per second of a process with the library and one without: closer to production, and ' +
      'noisier. The peer stack measures requests in an interceptor and commands by hand. `@nestjs/observe` also records spans and ' +
      'sends them to a collector in the benchmark.',
    unit: { key: 'cpuNs', label: 'µs of CPU per request', scale: MICRO },
    cases: ['Express', 'Fastify'].flatMap((platform) =>
      [
        'bare',
        'ours',
        'HTTP metrics alone',
        'empty interceptor',
        'peer stack',
        'nestjs-observe',
      ].map((it) => `HTTP on ${platform}, ${it}`),
    ),
    columns: { requestsPerSecond: ['requests per second', 1], p99Ns: ['p99, ms', 1e-6] },
  },
  {
    file: 'scrape',
    title: 'A scrape',
    text: 'A tenth of the series changed since the previous scrape.',
    unit: { key: 'medianNs', label: 'ms per scrape', scale: 1e-6 },
    cases: ['1k', '10k', '100k'].flatMap((size) =>
      ['ours', 'prom-client'].map((it) => `scrape ${size}, ${it}`),
    ),
    columns: { stallMs: ['stall, ms', 1], peakHeapBytes: ['peak memory, MB', 1e-6] },
  },
  {
    file: 'start-up',
    title: 'Start-up',
    text: 'New processes, from the call of `NestFactory` to a running application, including modules loaded meanwhile. The CPU time covers 250 ms more, including compiler threads, so work that the library defers counts.',
    unit: { key: 'medianNs', label: 'ms', scale: 1e-6 },
    cases: [10, 1000].flatMap((it) =>
      ['bare', 'ours', 'ours, peers in use'].map((who) => `start with ${it} handlers, ${who}`),
    ),
    columns: {
      addedNs: ['added, ms', 1e-6],
      addedSettledCpuNs: ['added CPU time, ms', 1e-6],
      addedBytes: ['added memory, MB', 1e-6],
    },
  },
];
