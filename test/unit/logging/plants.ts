import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';

/** Text at the beginning, in the middle and at the end of each secret, so that a part of one is found as well. */
const MARK = 'Zq7x';

// Letters and digits, so that no format escapes them.
const part = fc.string({
  unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
  minLength: 4,
  maxLength: 14,
});

const secrets = fc.tuple(part, part).map(([a, b]) => `${MARK}${a}${MARK}${b}${MARK}`);

const names = fc.constantFrom(
  ...'password userPassword x-api-key X_API_KEY apiKey authorization Proxy-Authorization cookie Set-Cookie'.split(
    ' ',
  ),
  ...'accessToken refresh_token clientSecret client_secret privateKey secret token DB_PASSWORD'.split(
    ' ',
  ),
  ...'passphrase credentials session pwd password2 secretAccessKey x-auth-token'.split(' '),
);

class Holder {
  constructor(readonly value: object) {}
}

class Settings extends Map<string, string> {}

class Rejected extends Error {
  constructor(readonly details: object) {
    super('rejected');
  }
}

/** A response of Node.js whose header text has been written. */
function sentResponse(name: string, secret: string): object {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.setHeader(name, secret);
  response.flushHeaders();
  return { head: Reflect.get(response, '_header') as string };
}

type Shape = (name: string, secret: string) => unknown;

/** A secret under its name, in the shapes that values of applications have. */
const SHAPES: readonly Shape[] = [
  (name, secret) => ({ [name]: secret }),
  (name, secret) => ({ [name]: { inner: [secret] } }),
  (name, secret) => Object.assign(Object.create(null), { [name]: secret }) as object,
  (name, secret) => new Map([[name, secret]]),
  (name, secret) => new Map([[Symbol(name), secret]]),
  (name, secret) => new Settings([[name, secret]]),
  (name, secret) =>
    new Map([
      ['name', name],
      ['value', secret],
    ]),
  (name, secret) => ['Host', 'a', name, secret],
  (name, secret) => [[name, secret]],
  (name, secret) => new Set([[name, secret]]),
  (name, secret) => ({ name, value: secret }),
  (name, secret) => ({ key: name, value: [secret] }),
  (name, secret) => [{ Name: name, Value: secret }],
  (name, secret) => ['node', 'job.js', `--${name}`, secret],
  (name, secret) => ['job.js', `--${name}=${secret}`],
  (name, secret) => JSON.stringify({ a: 1, [name]: secret }),
  (name, secret) => JSON.stringify({ a: { [name]: { list: [secret] } } }, null, 2),
  (name, secret) => JSON.stringify({ a: 1, [name]: { list: [secret] }, b: 2 }).slice(0, -2),
  (name, secret) => `${JSON.stringify({ [name]: [secret] })}\n${JSON.stringify({ a: 1 })}`,
  (name, secret) => `got ${JSON.stringify({ [name]: { a: secret } })} for {id}`,
  (name, secret) => `sent ${JSON.stringify({ list: [{ [name]: [secret] }] })} there`,
  (name, secret) => JSON.stringify({ body: JSON.stringify({ [name]: secret }) }),
  (name, secret) => JSON.stringify(JSON.stringify({ body: JSON.stringify({ [name]: [secret] }) })),
  (name, secret) => JSON.stringify([{ name, value: secret }]),
  (name, secret) => inspect({ a: { [name]: [secret] } }),
  (name, secret) => inspect(new Map([[name, secret]])),
  (name, secret) => Object.assign(new Error('failed'), { [name]: secret }),
  (name, secret) =>
    new Error('outer', { cause: Object.assign(new Error('inner'), { [name]: secret }) }),
  (name, secret) => new Error('outer', { cause: { [name]: secret } }),
  (name, secret) =>
    new Error('1', {
      cause: new Error('2', { cause: new Error('3', { cause: { [name]: secret } }) }),
    }),
  (name, secret) => new Error('outer', { cause: new AggregateError([{ [name]: secret }]) }),
  (name, secret) =>
    new AggregateError([Object.assign(new Error('one'), { [name]: secret })], 'all'),
  (name, secret) => new Rejected({ config: { headers: { [name]: secret } } }),
  (name, secret) => ({ toJSON: () => ({ [name]: secret }) }),
  (name, secret) => new Holder({ [name]: secret }),
  (name, secret) => Object.defineProperty({}, name, { get: () => secret, enumerable: true }),
  (name, secret) => new Headers([[name.replaceAll('_', '-'), secret]]),
  (name, secret) => new URLSearchParams([[name, secret]]),
  (name, secret) => new URL(`https://host.example/path?a=1&${name}=${secret}#x`),
  (name, secret) => Object.freeze({ [name]: secret }),
  (name, secret) => new Set([{ [name]: secret }]),
  (name, secret) => sentResponse(name, secret),
];

/** A value that holds a secret under its name. */
export const named = fc
  .tuple(names, secrets, fc.constantFrom(...SHAPES))
  .map(([name, secret, shape]) => shape(name, secret));

const encoded = (secret: string) => Buffer.from(`user:${secret}`).toString('base64');

/** Texts whose form tells of the secret in them. */
const FORMS: readonly ((secret: string) => string)[] = [
  (it) => `Authorization: Bearer ${it}`,
  (it) => `Authorization: Digest username="ann", realm="shop", response="${it}"`,
  (it) => `Authorization: ApiKey ${it}`,
  (it) => `request failed with Bearer ${it}, again`,
  (it) => `postgres://shop:${it}@db:5432/shop`,
  (it) => `https://${it}@github.com/a/b.git`,
  (it) => `redis://:${it}@cache:6379/0`,
  (it) => `GET /login?user=a&token=${it}&x=1`,
  (it) => `GET /go?to=https%3A%2F%2Fhost.example%2F%3Ftoken%3D${it}%26a%3D1`,
  (it) => `password=${it}`,
  (it) => `password: ${it}`,
  (it) => `password => '${it}'`,
  (it) => `mysql --password ${it} shop`,
  (it) => `<password>${it}</password>`,
  (it) => `Content-Disposition: form-data; name="password"\r\n\r\n${it}\r\n`,
  (it) => `PGPASSWORD='${it}' psql`,
  (it) => `eyJhbGciOiJIUzI1NiJ9.${it}.${it}`,
  (it) => `Cookie: a=eyJhbGciOiJIUzI1NiJ9.eyJ.x; cart=${it}`,
  (it) => `-----BEGIN RSA PRIVATE KEY-----\n${it}\n-----END RSA PRIVATE KEY-----`,
  (it) => `sk_live_${it}`,
  (it) => `key sk-proj-${it} is not valid`,
  (it) => `xoxb-${it}`,
  (it) => `ghp_${it}${it}`,
  (it) => `Set-Cookie: sid=${it}; HttpOnly`,
  (it) => `x-api-key: ${it}`,
  (it) => `{"password":"${it}"`,
  (it) => `"client_secret" : "${it}"`,
  (it) => `\\"client_secret\\":\\"${it}\\"`,
  (it) => `AccountName=a;AccountKey=${it};EndpointSuffix=x`,
  (it) => `password=${'x'.repeat(8_180)}${it}`,
];

/** Places of a text. */
const PLACES: readonly ((text: string) => unknown)[] = [
  (text) => text,
  (text) => [text],
  (text) => ({ [text]: 1 }),
  (text) => new Map([[text, 1]]),
  (text) => new Map([[Symbol(text), 1]]),
  (text) => new Error(text),
  (text) => Object.assign(new Error('m'), { name: text }),
  (text) => Object.assign(new Error('m'), { stack: `Error: ${text}\n    at a.js:1:1` }),
  (text) => new Error('outer', { cause: new Error(text) }),
  (text) => new Error('outer', { cause: text }),
  (text) => new AggregateError([new Error(text)]),
  (text) => new AggregateError([text], text),
  (text) => ({ note: text }),
  (text) => new Set([text]),
  (text) => ({ toJSON: () => text }),
  (text) => Symbol(text),
  (text) => Object(text) as object,
  (text) => Object.defineProperty(() => {}, 'name', { value: text }),
  (text) => new (Object.defineProperty(class {}, 'name', { value: text }))(),
  (text) => new Map([[new (Object.defineProperty(class {}, 'name', { value: text }))(), 1]]),
  (text) => Buffer.from(text),
  (text) => JSON.stringify({ note: JSON.stringify({ note: text }) }),
  (text) => `${JSON.stringify({ a: 1 })} ${text}`,
];

const basic = secrets.map((it) => `Basic ${encoded(it)}`);

/** A text with a secret of a known form, and the text at some place. */
export const formed = fc
  .tuple(
    fc.oneof(
      { arbitrary: basic, weight: 1 },
      {
        arbitrary: fc.tuple(fc.constantFrom(...FORMS), secrets).map(([form, it]) => form(it)),
        weight: FORMS.length,
      },
    ),
    fc.constantFrom(...PLACES),
  )
  .map(([text, place]) => ({ text, value: place(text) }));

/** Arguments for a template: a text and what its placeholders stand for. */
export const templates = fc
  .tuple(names, secrets, fc.constantFrom('%s', '%j', "'%o'"))
  .map(([name, secret, placeholder]) => ({
    message: `user %s has ${name}=${placeholder} in %d`,
    args: ['ann', secret, 7],
  }));

/** A value within others, up to a depth that lines do not reach. */
export function within(value: unknown, depth: number): unknown {
  let outer = value;
  for (let i = 0; i < depth; i++) outer = i % 3 === 1 ? [outer] : { [`at${i}`]: outer };
  return outer;
}

const ENCODED_MARK = encoded(MARK).slice(0, -4);

/** Returns the surroundings of the secrets that a text contains. */
export function leaksIn(text: string): string[] {
  const places = [MARK, ENCODED_MARK].flatMap((it) => {
    const at = text.indexOf(it);
    return at === -1 ? [] : [at];
  });
  return places.map((at) => text.slice(Math.max(0, at - 160), at + 80));
}
