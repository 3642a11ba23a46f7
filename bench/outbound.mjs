// What observing HTTP requests that the process sends costs it, by client, and what observing connections costs a server.
// The listeners of the library are there in one half of the rounds, so both halves share one process and its sockets.
import { spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { request } from 'undici';
import { compare, inTurn, median, roundsOf, withoutRounds } from './measure.mjs';
import { observe } from './observed-application.mjs';

const AT_ONCE = 8;
const CHANNELS = [
  ...['create', 'headers', 'trailers', 'error'].map((it) => `undici:request:${it}`),
  ...['request.start', 'response.finish', 'request.error'].map((it) => `http.client.${it}`),
];

/** The answering server has a process of its own, whose time does not count. */
async function startPeer() {
  const code = `const server = require('node:http').createServer((_request, response) => response.end('{"total":7}'));
    server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const peer = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(peer.stdout, 'data');
  return { url: `http://127.0.0.1:${Number(port)}/orders`, stop: () => peer.kill() };
}

/** Starts an observed application, and holds its listeners back. */
async function holdListeners() {
  const held = [];
  const channels = CHANNELS.map((name) => channel(name));
  for (const it of channels) it.subscribe = (listener) => held.push([it, listener]);
  const { app } = await observe(class {}, { tracing: false });
  for (const it of channels) delete it.subscribe;
  if (held.length !== CHANNELS.length) throw new Error(`${held.length} channels have listeners`);
  return {
    listen: () => held.forEach(([it, listener]) => it.subscribe(listener)),
    leave: () => held.forEach(([it, listener]) => it.unsubscribe(listener)),
    close: () => app.close(),
  };
}

const clients = {
  fetch: async (url) => (await fetch(url)).text(),
  undici: async (url) => (await request(url)).body.text(),
  'node:http': (url, agent) =>
    new Promise((resolve, reject) => {
      get(url, { agent }, (it) => it.resume().on('end', resolve)).on('error', reject);
    }),
};

/** CPU time of this process for each of so many calls, some of them at once. */
async function cpuOf(call, calls) {
  const before = process.cpuUsage();
  let left = calls;
  const callAll = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, callAll));
  const { user, system } = process.cpuUsage(before);
  return { ns: ((user + system) * 1000) / calls, bytes: 0 };
}

/** Compares a call with and without observation. */
async function runPair(subject, { bare, ours }, { calls, ...amounts }) {
  const names = { bare: `${subject}, bare`, ours: `${subject}, + metrics` };
  const cases = { [names.bare]: bare, [names.ours]: ours };
  const results = { [names.bare]: [], [names.ours]: [] };
  for (const round of roundsOf(amounts)) {
    for (const [name, { call, enter, leave }] of inTurn(cases, round)) {
      enter?.();
      const measured = await cpuOf(call, calls);
      leave?.();
      if (round >= 0) results[name].push(measured);
    }
  }
  const ratio = median(results[names.ours].map(({ ns }, i) => ns / results[names.bare][i].ns));
  return { cases: withoutRounds(compare(results, names.bare)), ratio };
}

async function startServer(imports) {
  class AppModule {}
  Module({ imports })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  return { app, port: app.getHttpServer().address().port };
}

const connectTo = (port) => async () => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end();
  await once(socket.resume(), 'close');
};

export async function runOutbound({ smoke }) {
  const amounts = smoke
    ? { rounds: 3, warmUpRounds: 1, calls: 50 }
    : { rounds: 101, warmUpRounds: 10, calls: 200, seconds: 8 };
  const found = { cases: {}, ratios: {} };
  const add = async (subject, pair) => {
    const { cases, ratio } = await runPair(subject, pair, amounts);
    Object.assign(found.cases, cases);
    found.ratios[`${subject.replaceAll(/\W+/g, '_').toLowerCase()}_cpu_vs_bare`] = ratio;
  };
  const peer = await startPeer();
  const agent = new Agent({ keepAlive: true });
  const { listen, leave, close } = await holdListeners();
  for (const [client, send] of Object.entries(clients)) {
    const call = () => send(peer.url, agent);
    const ours = { call, enter: listen, leave };
    await add(`request by ${client}`, { bare: { call }, ours });
  }
  agent.destroy();
  peer.stop();
  await close();
  const bare = await startServer([]);
  const ours = await startServer([ObservabilityModule.forRoot({ health: false })]);
  await add('connection without request', {
    bare: { call: connectTo(bare.port) },
    ours: { call: connectTo(ours.port) },
  });
  for (const { app } of [bare, ours]) await app.close();
  return found;
}
