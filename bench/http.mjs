// What observing requests and their commands costs a Nest application: requests per second, their 99th percentile, and CPU
// time of the server, each application in a process of its own, in turn.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { inTurn, median, quantile, roundsOf } from './measure.mjs';

const CONNECTIONS = 16;
const VARIANTS = ['bare', 'ours', 'HTTP metrics alone', 'peer stack', 'empty interceptor'];
const REQUEST = 'GET /orders/7 HTTP/1.1\r\nHost: bench\r\n\r\n';

async function startServer(platform, variant) {
  const server = fork(new URL('./http-server.mjs', import.meta.url), { execArgv: [] });
  const ask = async (ask, options) => {
    server.send({ ask, options });
    const [{ answer }] = await once(server, 'message');
    return answer;
  };
  const port = await ask('start', { platform, variant });
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((it) => once(it.setNoDelay(), 'connect')));
  const close = async () => {
    for (const it of sockets) it.destroy();
    server.kill();
    await once(server, 'exit');
  };
  return { ask, sockets, close };
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

async function runPlatform(platform, { requests, warmUpRequests, variants, ...amounts }) {
  const started = await Promise.all(
    variants.map(async (variant) => [variant, await startServer(platform, variant)]),
  );
  const servers = Object.fromEntries(started);
  const results = Object.fromEntries(variants.map((it) => [it, []]));
  // Until the compiler is done with them: on a busy machine there are too few rounds for that.
  for (const server of Object.values(servers)) await measure(server, warmUpRequests);
  for (const round of roundsOf(amounts)) {
    for (const [variant, server] of inTurn(servers, round)) {
      const measured = await measure(server, requests);
      if (round >= 0) results[variant].push(measured);
    }
  }
  await Promise.all(Object.values(servers).map((it) => it.close()));
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

/** Of every variant to bare, and of ours to the peers. */
function ratiosOf(key, { bare, ours, ...others }) {
  const rate = (rounds, ns, base = bare) =>
    median(rounds.map((it, round) => base[round][ns] / it[ns]));
  const ofOthers = Object.entries(others).map(([variant, rounds]) => [
    `${key}_${variant.replaceAll(/\W+/g, '_').toLowerCase()}_rps_vs_bare`,
    rate(rounds, 'cpuNs'),
  ]);
  const peer = others['peer stack'];
  return {
    [`${key}_rps_vs_bare`]: rate(ours, 'cpuNs'),
    [`${key}_wall_rps_vs_bare`]: rate(ours, 'wallNs'),
    ...Object.fromEntries(ofOthers),
    ...(peer && { [`${key}_rps_vs_peer_stack`]: rate(ours, 'cpuNs', peer) }),
  };
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
        rounds: 2,
        warmUpRounds: 1,
        variants: VARIANTS.slice(0, 2),
      }
    : {
        requests: 400,
        warmUpRequests: 5_000,
        rounds: 100,
        warmUpRounds: 2,
        seconds: 16,
        variants: VARIANTS,
      };
  const found = { cases: {}, ratios: {} };
  for (const platform of ['Express', 'Fastify']) {
    const results = await runPlatform(platform, amounts);
    for (const variant of amounts.variants) {
      found.cases[`HTTP on ${platform}, ${variant}`] = summarise(results[variant]);
    }
    Object.assign(found.ratios, ratiosOf(`http_${platform.toLowerCase()}`, results));
  }
  const { http_express_rps_vs_bare: express, http_fastify_rps_vs_bare: fastify } = found.ratios;
  found.ratios.http_rps_vs_bare = Math.min(express, fastify);
  return found;
}
