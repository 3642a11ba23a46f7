// What the page about the overhead shows: for each part its cases, and what is drawn of them.
const MICRO = 1e-3;

export const parts = [
  {
    file: 'handler',
    title: 'An awaited handler',
    text: 'What a call costs more than that of the same method without a decorator.',
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
    ['no SDK', 'With spans, and no SDK to see them'],
    ['request not sampled', 'With spans, in a request that is not sampled'],
    ['root not sampled', 'With spans that begin a trace which is not sampled'],
  ].map(([state, title]) => ({
    file: `span-${state.replaceAll(' ', '-').toLowerCase()}`,
    title,
    text: 'The peer stack is prom-client by hand and `@Span` of nestjs-otel; ours is metrics and span.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: MICRO },
    cases: ['+ span', 'nestjs-otel span alone', 'nestjs-otel span and counter', 'peer stack'].map(
      (it) => `${it}, ${state}`,
    ),
  })),
  {
    file: 'span-recorded',
    title: 'With spans that are recorded and exported',
    text: 'To an exporter that drops them: what is measured is the SDK and what stands around it.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: MICRO },
    cases: ['+ span', 'SDK span by hand', 'nestjs-otel span alone', 'peer stack'].map(
      (it) => `${it}, recorded and exported`,
    ),
  },
  {
    file: 'shapes',
    title: 'Other shapes of handlers',
    text: 'Metrics alone. What fails throws the same error every time: its stack is not measured.',
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
    text: 'CPU time of the process, with 32 commands under way at once.',
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
      'Two applications of a pair share a process, and with it what the library does beside requests; ' +
      '`…_in_own_process` are the requests per second of a process that has the library, divided by those of one that has ' +
      'not: closer to production, and less certain. The peer stack measures requests in an interceptor and commands by hand; ' +
      '`@nestjs/observe` records spans as well, and sends them to a collector of the benchmark.',
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
    text: 'A tenth of the series changed since the scrape before.',
    unit: { key: 'medianNs', label: 'ms per scrape', scale: 1e-6 },
    cases: ['1k', '10k', '100k'].flatMap((size) =>
      ['ours', 'prom-client'].map((it) => `scrape ${size}, ${it}`),
    ),
    columns: { stallMs: ['stall, ms', 1], peakHeapBytes: ['peak memory, MB', 1e-6] },
  },
  {
    file: 'start-up',
    title: 'Start-up',
    text: 'New processes, from `NestFactory` to an application that is there; modules that are loaded meanwhile included. What the library leaves for later is in the processor time, which goes on for 250 ms, with that of the threads that compile.',
    unit: { key: 'medianNs', label: 'ms', scale: 1e-6 },
    cases: [10, 1000].flatMap((it) =>
      ['bare', 'ours', 'ours, peers in use'].map((who) => `start with ${it} handlers, ${who}`),
    ),
    columns: {
      addedNs: ['added, ms', 1e-6],
      addedSettledCpuNs: ['added processor time, ms', 1e-6],
      addedBytes: ['added memory, MB', 1e-6],
    },
  },
];
