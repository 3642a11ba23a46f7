// What observing requests and their commands costs a Nest application: requests per second, their 99th percentile, and CPU
// time of the server. The two applications of a pair take turns in one process, as two processes that do the same differ by
// one or two percent. Both of them then pay for what ours does to the process (timers, an observer of collections, more
// code), so it is compared with bare in processes of their own as well.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { inTurn, median, quantile, roundsOf } from './measure.mjs';

const CONNECTIONS = 16;
const REQUEST = 'GET /orders/7 HTTP/1.1\r\nHost: bench\r\n\r\n';

/** What is compared: the second of each pair to the first. */
const OURS = ['bare', 'ours'];
const PAIRS = [
  OURS,
  ['peer stack', 'ours'],
  ['bare', 'HTTP metrics alone'],
  ['bare', 'peer stack'],
  ['bare', 'empty interceptor'],
  ['bare', 'nestjs-observe'],
];

/** A process that applications are started in. */
function forkServer() {
  const server = fork(new URL('./http-server.mjs', import.meta.url), { execArgv: [] });
  const ask = async (ask, options) => {
    server.send({ ask, options });
    const [{ answer }] = await once(server, 'message');
    return answer;
  };
  const close = async () => {
    server.kill();
    await once(server, 'exit');
  };
  return { ask, close };
}

async function startServers(platform, pair, { collector, apart = false }) {
  const servers = [forkServer()];
  const applications = {};
  for (const variant of pair) {
    if (apart && variant !== pair[0]) servers.push(forkServer());
    const { ask } = servers.at(-1);
    const port = await ask('start', { platform, variant, collector });
    const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
    await Promise.all(sockets.map((it) => once(it.setNoDelay(), 'connect')));
    applications[variant] = { ask, sockets };
  }
  const close = async () => {
    for (const { sockets } of Object.values(applications)) for (const it of sockets) it.destroy();
    for (const it of servers) await it.close();
  };
  return { applications, close };
}

/** Sends so many requests, on each connection one after the other. @returns How long each took, in nanoseconds. */
async function sendAll(sockets, requests) {
  const tookNs = [];
  let left = requests;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve, reject) => {
          if (socket.destroyed) return reject(new Error('the connection is closed'));
          let sentNs = 0n;
          const send = () => {
            if (left-- <= 0) return resolve(socket.off('data', receive).off('close', reject));
            sentNs = process.hrtime.bigint();
            socket.write(REQUEST);
          };
          // An answer this short arrives in one piece.
          const receive = () => {
            tookNs.push(Number(process.hrtime.bigint() - sentNs));
            send();
          };
          socket.on('data', receive).on('close', reject);
          send();
        }),
    ),
  );
  return tookNs;
}

async function measure({ ask, sockets }, requests) {
  await ask('begin');
  const startedNs = process.hrtime.bigint();
  const tookNs = await sendAll(sockets, requests);
  const wallNs = Number(process.hrtime.bigint() - startedNs) / requests;
  const { cpuNs, heap } = await ask('end');
  return {
    wallNs,
    cpuNs: cpuNs / requests,
    p99Ns: quantile(tookNs, 0.99),
    bytes: Math.max(0, heap) / requests,
  };
}

/**
 * The results of several processes, half of them with either order of starting: of two applications that do the same on
 * Express, the second is slower by two percent.
 */
async function runPair(platform, pair, { seconds, rounds, processes, ...amounts }) {
  const each = { ...amounts, seconds: seconds / processes, rounds: rounds / processes };
  const results = [];
  for (let i = 0; i < processes; i++) {
    results.push(await runInOrder(platform, i % 2 === 0 ? pair : pair.toReversed(), each));
  }
  return results;
}

async function runInOrder(platform, pair, { requests, warmUpRequests, ...amounts }) {
  const { applications, close } = await startServers(platform, pair, amounts);
  const results = Object.fromEntries(pair.map((it) => [it, []]));
  // Until the compiler is done with them: on a busy machine there are too few rounds for that.
  for (const application of Object.values(applications)) await measure(application, warmUpRequests);
  for (const round of roundsOf(amounts)) {
    for (const [variant, application] of inTurn(applications, round)) {
      const measured = await measure(application, requests);
      if (round >= 0) results[variant].push(measured);
    }
  }
  await close();
  return results;
}

function summarise(rounds) {
  const of = (key) => rounds.map((it) => it[key]);
  return {
    medianNs: quantile(of('wallNs'), 0.5),
    p25Ns: quantile(of('wallNs'), 0.25),
    p75Ns: quantile(of('wallNs'), 0.75),
    bytesPerOp: median(of('bytes')),
    requestsPerSecond: 1e9 / median(of('wallNs')),
    p99Ns: median(of('p99Ns')),
    cpuNs: median(of('cpuNs')),
  };
}

/** Requests per second, of the second of a pair divided by the first: the geometric mean of the processes. */
function rateOf(results, [base, variant], ns) {
  const logarithms = results.map((of) =>
    Math.log(median(of[variant].map((it, round) => of[base][round][ns] / it[ns]))),
  );
  return Math.exp(logarithms.reduce((sum, it) => sum + it) / logarithms.length);
}

const keyOf = (variant) => variant.replaceAll(/\W+/g, '_').toLowerCase();

async function runPlatform(platform, amounts, found) {
  const key = `http_${platform.toLowerCase()}`;
  for (const pair of amounts.pairs) {
    const results = await runPair(platform, pair, {
      ...amounts,
      ...(pair === OURS && amounts.ours),
    });
    const [base, variant] = pair;
    const subject = variant === 'ours' ? key : `${key}_${keyOf(variant)}`;
    found.ratios[`${subject}_rps_vs_${keyOf(base)}`] = rateOf(results, pair, 'cpuNs');
    if (variant === 'ours')
      found.ratios[`${subject}_wall_rps_vs_${keyOf(base)}`] = rateOf(results, pair, 'wallNs');
    for (const name of pair)
      found.cases[`HTTP on ${platform}, ${name}`] ??= summarise(results.flatMap((it) => it[name]));
  }
  const apart = await runPair(platform, OURS, { ...amounts, ...amounts.ours, apart: true });
  found.ratios[`${key}_rps_vs_bare_in_own_process`] = rateOf(apart, OURS, 'cpuNs');
}

/**
 * `http_rps_vs_bare` is the requests that a second of the server's CPU serves, with metrics of commands and requests,
 * divided by those without: what a server under full load serves in a second, whatever else the machine does meanwhile.
 */
export async function runHttp({ smoke }) {
  const amounts = smoke
    ? {
        requests: 100,
        warmUpRequests: 100,
        rounds: 4,
        warmUpRounds: 1,
        seconds: 2,
        processes: 2,
        pairs: [OURS],
      }
    : {
        requests: 400,
        warmUpRequests: 8_000,
        rounds: 120,
        warmUpRounds: 2,
        seconds: 10,
        processes: 2,
        ours: { rounds: 300, seconds: 24, processes: 6 },
      };
  const found = { cases: {}, ratios: {} };
  const collector = createServer((_request, response) => response.end('{}'));
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${collector.address().port}`;
  for (const platform of ['Express', 'Fastify'])
    await runPlatform(platform, { pairs: PAIRS, ...amounts, collector: endpoint }, found);
  collector.close().closeAllConnections();
  const { http_express_rps_vs_bare: express, http_fastify_rps_vs_bare: fastify } = found.ratios;
  found.ratios.http_rps_vs_bare = Math.min(express, fastify);
  return found;
}
