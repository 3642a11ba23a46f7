// One structured line, by the library and by its peers, on the same output: text that is collected and written to the null
// device. Ratios are of whole lines, in the same rounds.
import { closeSync, openSync, writeSync } from 'node:fs';
import { ConsoleLogger } from '@nestjs/common';
import { Command } from '@eventcore/nestjs-observability';
import { logging, ObservabilityLogger } from '@eventcore/nestjs-observability/logging';
import { compare, median, runRounds, withoutRounds } from './measure.mjs';
import { decorate, observe } from './observed-application.mjs';

const FULL = 16_384;
const TURN = 50;
const PATHS = ['password', '*.password', 'token', '*.token', 'authorization', '*.authorization'];
const NAMES = ['password', 'token', 'authorization'];

/** Collects text as the library's sinks do; all cases share it. */
class Batch {
  #fd = openSync('/dev/null', 'w');
  #text = '';

  write(text) {
    this.#text += text;
    if (this.#text.length < FULL) return;
    writeSync(this.#fd, this.#text);
    this.#text = '';
  }

  close() {
    closeSync(this.#fd);
  }
}

/** pino comes with Fastify; without it, its cases are left out. */
async function findPino() {
  const name = 'pino';
  try {
    return (await import(name)).default;
  } catch {
    console.log('  pino is not installed: its cases are left out');
    return undefined;
  }
}

async function ours(batch, options = {}) {
  const sink = {
    name: 'batch',
    open: ({ formats }) => {
      const format = formats.of('json');
      return {
        write: (record) => batch.write(`${formats.line(record, format)}\n`),
        flush: async () => {},
        close: async () => {},
      };
    },
  };
  const plugins = [logging({ level: 'info', sinks: [sink], context: false, ...options })];
  const { app } = await observe(class {}, { tracing: false, plugins });
  return app.get(ObservabilityLogger).named('eventcore::command');
}

class BatchedConsoleLogger extends ConsoleLogger {
  constructor(batch, options) {
    super({ json: true, colors: false, compact: true, ...options });
    this.batch = batch;
  }

  printMessages(messages, context, level, stream, error) {
    const { write } = process.stdout;
    process.stdout.write = (text) => this.batch.write(text);
    super.printMessages(messages, context, level, stream, error);
    process.stdout.write = write;
  }
}

const fieldsOf = (i) => ({
  command_type: 'PlaceOrder',
  command_id: `c-${i}`,
  outcome: 'success',
  duration_ms: 3.217,
  events_written: 1,
  affected_streams: 1,
});

const MESSAGE = 'Command executed successfully';

/** Lines in turns of the event loop, as an application writes them. */
const writing = (write) => async (calls) => {
  for (let i = 0; i < calls; i++) {
    write(i);
    if (i % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
  }
};

function pinoCases(pino, batch) {
  if (pino === undefined) return {};
  const own = pino.destination({ dest: '/dev/null', sync: false, minLength: 4096 });
  const plain = pino({}, batch);
  const redacting = pino({ redact: PATHS }, batch);
  const asynchronous = pino({}, own);
  return {
    'pino, plain': writing((i) => plain.info(fieldsOf(i), MESSAGE)),
    'pino, redact paths': writing((i) => redacting.info(fieldsOf(i), MESSAGE)),
    'pino, its own asynchronous destination': writing((i) =>
      asynchronous.info(fieldsOf(i), MESSAGE),
    ),
  };
}

async function lineCases(pino, batch) {
  const redacted = await ours(batch);
  const unredacted = await ours(batch, { redact: false });
  const nest = new BatchedConsoleLogger(batch, { redact: NAMES });
  return {
    'empty loop': writing((i) => (globalThis.blackhole += fieldsOf(i).duration_ms)),
    'library, redacted': writing((i) => redacted.info(MESSAGE, fieldsOf(i))),
    'library, not redacted': writing((i) => unredacted.info(MESSAGE, fieldsOf(i))),
    ...pinoCases(pino, batch),
    'Nest json, redact': writing((i) => nest.log(MESSAGE, fieldsOf(i), 'eventcore::command')),
  };
}

class Handler {
  async place(order) {
    return order + 1;
  }
}

/** A command with and without the plugin, whose level is off. */
async function commandCases() {
  const observed = async (plugins) => {
    class Decorated extends Handler {
      async place(order) {
        return order + 1;
      }
    }
    decorate(Decorated, 'place', Command('PlaceOrder'));
    return observe(Decorated, { tracing: false, plugins });
  };
  const applications = {
    'command, no plugin': await observed([]),
    'command, level off': await observed([logging({ level: 'off', context: false })]),
    'command, with context': await observed([logging({ level: 'off', context: true })]),
  };
  const cases = Object.entries(applications).map(([name, { handler }]) => [
    name,
    async (calls) => {
      let sum = 0;
      for (let i = 0; i < calls; i++) sum += await handler.place(i);
      globalThis.blackhole += sum;
    },
  ]);
  return [
    Object.fromEntries(cases),
    () => Promise.all(Object.values(applications).map(({ app }) => app.close())),
  ];
}

export async function runLogging({ smoke }) {
  const batch = new Batch();
  const amounts = smoke
    ? { rounds: 3, warmUpRounds: 1, calls: 300 }
    : { rounds: 41, warmUpRounds: 6, calls: 5_000, seconds: 8 };
  const [commands, close] = await commandCases();
  // Commands come first: a storage of a context makes every promise after it dearer on Node.js 20 and 22.
  const ended = compare(await runRounds(commands, amounts), 'command, no plugin');
  await close();
  const lines = await runRounds(await lineCases(await findPino(), batch), amounts);
  const compared = compare(lines, 'empty loop');
  batch.close();
  const ratio = (peer) =>
    lines[peer] === undefined
      ? undefined
      : median(lines['library, redacted'].map(({ ns }, round) => ns / lines[peer][round].ns));
  const ratios = {
    line_vs_pino: ratio('pino, plain'),
    line_vs_pino_async: ratio('pino, its own asynchronous destination'),
    line_vs_pino_redact: ratio('pino, redact paths'),
    line_vs_nest_redact: ratio('Nest json, redact'),
  };
  return {
    cases: withoutRounds({ ...ended, ...compared }),
    ratios: Object.fromEntries(Object.entries(ratios).filter(([, it]) => it !== undefined)),
  };
}
