// Writes docs/overhead.md, with a chart for each part, from the result file of the benchmark:
// `npm run bench -- --json docs/overhead/result.json && node scripts/write-overhead.mjs`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';

const root = new URL('..', import.meta.url);

const parts = [
  {
    file: 'handler',
    title: 'An awaited handler',
    text: 'What a call costs more than that of the same method without a decorator.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: 1e-3 },
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
    unit: { key: 'addedNs', label: 'added, µs per call', scale: 1e-3 },
    cases: ['+ span', 'nestjs-otel span alone', 'nestjs-otel span and counter', 'peer stack'].map(
      (it) => `${it}, ${state}`,
    ),
  })),
  {
    file: 'span-recorded',
    title: 'With spans that are recorded and exported',
    text: 'To an exporter that drops them: what is measured is the SDK and what stands around it.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: 1e-3 },
    cases: ['+ span', 'SDK span by hand', 'nestjs-otel span alone', 'peer stack'].map(
      (it) => `${it}, recorded and exported`,
    ),
  },
  {
    file: 'shapes',
    title: 'Other shapes of handlers',
    text: 'Metrics alone. What fails throws the same error every time: its stack is not measured.',
    unit: { key: 'addedNs', label: 'added, µs per call', scale: 1e-3 },
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
    unit: { key: 'addedNs', label: 'added, µs of CPU per command', scale: 1e-3 },
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
    text: 'Each application in a process of its own; the peer stack measures requests in an interceptor and commands by hand.',
    unit: { key: 'cpuNs', label: 'µs of CPU per request', scale: 1e-3 },
    cases: ['Express', 'Fastify'].flatMap((platform) =>
      ['bare', 'ours', 'HTTP metrics alone', 'peer stack', 'empty interceptor'].map(
        (it) => `HTTP on ${platform}, ${it}`,
      ),
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
    text: 'New processes, from `NestFactory` to an application that is there; modules that are loaded meanwhile included.',
    unit: { key: 'medianNs', label: 'ms', scale: 1e-6 },
    cases: [10, 1000].flatMap((it) =>
      ['bare', 'ours'].map((who) => `start with ${it} handlers, ${who}`),
    ),
    columns: { addedNs: ['added, ms', 1e-6], addedBytes: ['added memory, MB', 1e-6] },
  },
];

/** The page and its charts, by file. */
export async function renderOverhead(result) {
  const shown = parts
    .map((part) => ({ ...part, cases: part.cases.filter((it) => it in result.cases) }))
    .filter(({ cases }) => cases.length > 0);
  const charts = shown.map((part) => [`docs/overhead/${part.file}.svg`, chart(part, result)]);
  const config = JSON.parse(readFileSync(new URL('.prettierrc.json', root), 'utf8'));
  const page = await prettier.format(pageOf(shown, result), { ...config, parser: 'markdown' });
  return { 'docs/overhead.md': page, ...Object.fromEntries(charts) };
}

function pageOf(shown, result) {
  const { machine, versions, ratios, otherRatios } = result;
  return `# Overhead

Written by \`scripts/write-overhead.mjs\` from [the result file](overhead/result.json) of
\`npm run bench -- --json docs/overhead/result.json\`. It ran on ${machine.cores} × ${machine.cpu} (${machine.platform}), load
average ${machine.loadBefore.toFixed(1)}, Node ${versions.node}; ${Object.entries(versions)
    .filter(([name]) => name !== 'node')
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.

## Method

Each part runs in a process of its own, for what one leaves behind, such as a context manager, slows others down. Within it all
cases take turns, round by round, forwards and backwards; what a case adds is its difference to the undecorated one of the same
round, and a ratio is that of the same round; medians of the rounds are shown. So a busy machine changes both sides of a
comparison. Results go into a variable that the compiler cannot drop, and rounds for warming up come first. Times of HTTP requests
and of commands are CPU time of the server's process. \`--only metrics,http\` runs parts.

## In short

Ours, divided by the peer's, of what is added; \`http_rps_vs_bare\` is the requests per second of CPU with metrics of requests and
commands, divided by those of an application without the library; \`cpu_share_*\` is what is added to a command, of its 50 µs.

| ratio | value |
| --- | --- |
${table(Object.entries(ratios))}

${shown.map((it) => section(it, result)).join('\n\n')}

## Other ratios

| ratio | value |
| --- | --- |
${table(Object.entries(otherRatios))}
`;
}

function section({ title, text, file, unit, cases, columns = {} }, result) {
  const heads = ['case', unit.label, ...Object.values(columns).map(([it]) => it), 'bytes'];
  const rows = cases.map((name) => {
    const it = result.cases[name];
    const others = Object.entries(columns).map(([key, [, scale]]) => number(it[key] * scale));
    return [name, number(it[unit.key] * unit.scale), ...others, Math.round(it.bytesPerOp)];
  });
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const lines = [heads, heads.map(() => '---'), ...rows].map(line).join('\n');
  return `## ${title}\n\n${text}\n\n![${title}](overhead/${file}.svg)\n\n${lines}`;
}

const number = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

function table(entries) {
  return entries.map(([key, value]) => `| \`${key}\` | ${value.toFixed(3)} |`).join('\n');
}

const ROW = 26;
const LABEL_WIDTH = 440;
const BAR_WIDTH = 300;

/** Horizontal bars, ours in another colour. */
function chart({ title, unit, cases }, result) {
  const bars = cases.map((name) => [name, result.cases[name][unit.key] * unit.scale]);
  const longest = Math.max(...bars.map(([, value]) => value));
  const rows = bars.map(([name, value], i) => {
    const y = ROW * (i + 1) + 8;
    const width = Math.max(1, (BAR_WIDTH * value) / longest);
    const colour = /ours|\+ (?:metrics|span)/.test(name) ? '#2b7a4b' : '#9aa4b2';
    return `<text x="${LABEL_WIDTH - 8}" y="${y + 14}" text-anchor="end">${name}</text>
<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="18" fill="${colour}"/>
<text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${y + 14}">${number(value)}</text>`;
  });
  const [width, height] = [LABEL_WIDTH + BAR_WIDTH + 80, ROW * (bars.length + 1) + 12];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="13">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="20" font-weight="bold">${title} (${unit.label})</text>
${rows.join('\n')}
</svg>
`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const result = JSON.parse(readFileSync(new URL('docs/overhead/result.json', root), 'utf8'));
  mkdirSync(new URL('docs/overhead', root), { recursive: true });
  const files = await renderOverhead(result);
  for (const [file, text] of Object.entries(files)) writeFileSync(new URL(file, root), text);
}
