// Planted secrets and hostile values, logged by pino, by Nest's ConsoleLogger and by the library. Prints which secrets are in
// the output and which values throw into the caller: the table of docs/decisions/0060-own-log-lines.md.
import { ConsoleLogger } from '@nestjs/common';
import { createNestLogger } from '@eventcore/nestjs-observability/logging';

const SECRET = 'Zx9-planted-Qw7';
const NAMES = ['password', 'token', 'authorization'];
const TWO_LEVELS = NAMES.flatMap((it) => [it, `*.${it}`]);

class WithSecret {
  toJSON() {
    return { password: SECRET };
  }
}

const errorWith = (members) => Object.assign(new Error('failed'), members);

/** Shapes of a secret that applications log. Each returns the arguments: message and fields. */
const secrets = {
  'at the first level': () => ['m', { password: SECRET }],
  'at the second level': () => ['m', { user: { password: SECRET } }],
  'at the third level': () => ['m', { a: { user: { password: SECRET } } }],
  'in an array': () => ['m', { users: [{ password: SECRET }] }],
  'another case': () => ['m', { Password: SECRET }],
  'a suffix': () => ['m', { userPassword: SECRET }],
  'x-api-key': () => ['m', { headers: { 'x-api-key': SECRET } }],
  'set-cookie': () => ['m', { headers: { 'set-cookie': [`sid=${SECRET}`] } }],
  toJSON: () => ['m', { value: new WithSecret() }],
  'error property': () => [
    'm',
    { err: errorWith({ config: { headers: { authorization: SECRET } } }) },
  ],
  cause: () => ['m', { err: new Error('outer', { cause: errorWith({ token: SECRET }) }) }],
  AggregateError: () => ['m', { err: new AggregateError([errorWith({ token: SECRET })], 'many') }],
  Map: () => ['m', { map: new Map([['password', SECRET]]) }],
  rawHeaders: () => ['m', { rawHeaders: ['Authorization', SECRET] }],
  'name/value pair': () => ['m', { header: { name: 'authorization', value: SECRET } }],
  'JSON in a text': () => ['m', { body: JSON.stringify({ password: SECRET }) }],
  'password of an address': () => ['m', { url: `https://user:${SECRET}@db.example.com/shop` }],
  'Bearer in the message': () => [`sent Authorization: Bearer ${SECRET}`, {}],
  'password= in the message': () => [`login with password=${SECRET}`, {}],
};

const getter = () => Object.defineProperty({}, 'x', { enumerable: true, get: () => raise() });
const raise = () => {
  throw new Error('unreadable');
};
const cyclic = () => {
  const value = { name: 'cyclic' };
  return Object.assign(value, { self: value });
};

/** Values that are hard to write, a pattern of what a reader expects to find in the line, and their key. */
const values = {
  'frozen error': [() => Object.freeze(new Error('frozen')), /frozen/, 'err'],
  'getter that throws': [getter, /./],
  'getter in place of the message': [getter, /./, ''],
  'nested getter that throws': [() => ({ a: getter() }), /./],
  'proxy that throws': [() => new Proxy({}, { ownKeys: raise, get: raise }), /./],
  'toJSON that throws': [() => ({ toJSON: raise }), /./],
  BigInt: [() => 12_345_678_901_234_567_890n, /12345678901234567890/],
  Map: [() => new Map([['color', 'red']]), /red/],
  Set: [() => new Set(['red']), /red/],
  Symbol: [() => Symbol('red'), /red/],
  'cyclic object': [cyclic, /cyclic/],
  'error under another name': [() => new Error('lost?'), /lost\?/],
  cause: [() => new Error('outer', { cause: new Error('inner') }), /inner/],
};

/** Runs a logger and returns what it printed; a value that throws into the caller says so. */
function printed(log, message, fields) {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (it) => (text += String(it)) !== '';
  try {
    log(message, fields, (it) => (text += it));
  } catch {
    return undefined;
  } finally {
    process.stdout.write = write;
  }
  return text;
}

async function loggers() {
  const found = {};
  const name = 'pino';
  const { default: pino } = await import(name).catch(() => ({}));
  if (pino === undefined) console.log('pino is not installed: it is left out');
  else {
    found['pino'] = (message, fields, print) =>
      pino({ redact: TWO_LEVELS }, { write: print }).info(fields, message);
  }
  const nest = new ConsoleLogger({ json: true, colors: false, redact: NAMES });
  found['Nest ConsoleLogger'] = (message, fields) => nest.log(message, fields, 'app');
  found['library'] = (message, fields, print) => {
    const sink = {
      name: 'text',
      open: ({ formats }) => ({
        write: (record) => print(formats.line(record, formats.of('json'))),
        flush: async () => {},
        close: async () => {},
      }),
    };
    createNestLogger({ level: 'info', sinks: [sink] }).log(message, fields, 'app');
  };
  return found;
}

process.setMaxListeners(0);
for (const [name, log] of Object.entries(await loggers())) {
  const leaks = Object.entries(secrets).filter(([, shape]) => {
    const text = printed(log, ...shape());
    return text?.includes(SECRET) === true;
  });
  const results = Object.entries(values).map(([value, [make, expected, key = 'value']]) => {
    const text = key === '' ? printed(log, make(), {}) : printed(log, 'm', { [key]: make() });
    if (text === undefined) return [value, 'throws'];
    return [value, expected.test(text) ? 'readable' : 'lost'];
  });
  const of = (kind) => results.filter(([, it]) => it === kind).map(([it]) => it);
  console.log(`\n${name}`);
  console.log(
    `  leaks ${leaks.length} of ${Object.keys(secrets).length}: ${leaks.map(([it]) => it).join(', ')}`,
  );
  console.log(`  throws into the caller: ${of('throws').join(', ')}`);
  console.log(`  lost in the line: ${of('lost').join(', ')}`);
}
