// Writes docs/overhead.md, with a chart for each part, from the result file of the benchmark:
// `npm run bench -- --json docs/overhead/result.json && npm run docs`.
import { readFileSync } from 'node:fs';
import prettier from 'prettier';
import { barChart } from './chart.mjs';
import { parts } from './parts.mjs';

const root = new URL('../..', import.meta.url);

/** The result file of the benchmark that the page is about. */
export const RESULT = new URL('docs/overhead/result.json', root);

/** The page and its charts, by file. */
export async function renderOverhead(result) {
  const shown = parts.map((part) => ({
    ...part,
    cases: part.cases.filter((it) => it in result.cases),
  }));
  // A benchmark that was stopped has left its file all the same.
  const empty = shown.find(({ cases }) => cases.length === 0);
  if (empty !== undefined) throw new Error(`${RESULT.pathname} has nothing about "${empty.title}"`);
  const charts = shown.map((part) => [`docs/overhead/${part.file}.svg`, chart(part, result)]);
  const config = JSON.parse(readFileSync(new URL('.prettierrc.json', root), 'utf8'));
  const page = await prettier.format(pageOf(shown, result), { ...config, parser: 'markdown' });
  return { 'docs/overhead.md': page, ...Object.fromEntries(charts) };
}

function pageOf(shown, result) {
  const { machine, versions, ratios, otherRatios } = result;
  return `# Overhead

Made by \`npm run docs\` from [the result file](overhead/result.json) of \`npm run bench -- --json docs/overhead/result.json\`. It ran on ${machine.cores} × ${machine.cpu} (${machine.platform}), load
average ${machine.loadBefore.toFixed(1)}, Node ${versions.node}; ${Object.entries(versions)
    .filter(([name]) => name !== 'node')
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.

## Method

Each part runs in a process of its own, for what one leaves behind, such as a context manager, slows others down. Within it all
cases take turns, round by round, forwards and backwards; what a case adds is its difference to the undecorated one of the same
round, and a ratio is that of the same round; medians of the rounds are shown. So a busy machine changes both sides of a
comparison. Results go into a variable that the compiler cannot drop, and rounds for warming up come first. Garbage is collected
when it is time, and counts. Times of HTTP requests and of commands are CPU time of the server's process. \`--only metrics,http\`
runs parts.

## In short

Ours, divided by the peer's, of what is added; \`http_rps_vs_bare\` is the requests per second of CPU with metrics of requests and
commands, divided by those of an application without the library in the same process, and \`…_in_own_process\` at the end of this page
what it is in processes of their own; \`cpu_share_*\` is what is added to a command, of its own CPU time.

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

function chart({ title, unit, cases }, result) {
  const bars = cases.map((name) => {
    const value = result.cases[name][unit.key] * unit.scale;
    return {
      name,
      value,
      text: number(value),
      isOurs: /ours|HTTP metrics alone|\+ (?:metrics|span)/.test(name),
    };
  });
  return barChart(`${title} (${unit.label})`, bars);
}

const SHORT = [
  ['metrics', '+ metrics', 'prom-client by hand', 'prom-client'],
  ['+ span, no SDK', '+ span, no SDK', 'peer stack, no SDK', 'prom-client and `@Span`'],
  [
    '+ span, request not sampled',
    '+ span, request not sampled',
    'peer stack, request not sampled',
    'prom-client and `@Span`',
  ],
  [
    '+ span, recorded and exported',
    '+ span, recorded and exported',
    'SDK span by hand, recorded and exported',
    'a span of the SDK alone',
  ],
];

/** The table of the README: what a call of an awaited handler costs more. */
export function shortTable({ versions, cases }) {
  const added = (name) => `${number(cases[name].addedNs / 1000)} µs`;
  const rows = SHORT.map(
    ([label, ours, peer, peerLabel]) =>
      `| ${label} | ${added(ours)} | ${added(peer)} (${peerLabel}) |`,
  );
  return [
    `| added per call, Node ${versions.node} | ours | peers |`,
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}
