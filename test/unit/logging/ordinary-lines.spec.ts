import { describe, expect, it } from 'vitest';
import { SafeJson } from '../../../lib/logging/encode/safe-json.js';
import { LineRedactor } from '../../../lib/logging/redaction/line-redactor.js';

const json = new SafeJson(new LineRedactor());

const subjects = [
  'Order',
  'Payment',
  'Customer',
  'Projection',
  'Session',
  'Basic plan',
  'Token bucket',
  'Passenger',
  'Key',
  'Author',
];
const predicates = [
  'was placed at 12:30:15.123',
  'expired after 30 s',
  'token: expired',
  'password: required',
  'secret: not found',
  'is not authorized: missing role',
  'authentication failed with status=401',
  'Bearer authentication is required',
  'Basic authentication failed',
  'key=7 partition=3 offset=1045',
  'reset password for user 42',
  'cookie consent: given',
  'see https://shop.example/orders/7?page=2&sort=asc',
  'npm package @nestjs/common@12.5.1 loaded from https://unpkg.com/@nestjs/core',
  'pinned to 2 of 8 cores',
  'used max_tokens=512 tokens_used=100',
  'token: [Nest] came back as {name}',
  'answered with <order id="7"><total>12.50</total></order>',
  'ran node --watch --inspect main.js --passed a',
  'went to /orders?next=https%3A%2F%2Fshop.example%2F%3Fpage%3D2',
  'body {"id":7,"items":["a","b"]} and [1,2] of {user}',
  'map { user => 7, keyboard => de }',
];
const numbers = [1, 7, 42];

const fields = [
  {
    order_id: '0af76519-16cd-43dd-8448-eb211c80319c',
    amount: 12.5,
    currency: 'EUR',
    items: [{ sku: 'A-1', quantity: 2 }],
  },
  {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    duration_ms: 3.25,
    outcome: 'success',
    stream: 'order-42',
  },
  {
    url: 'http://localhost:3000/orders?limit=10',
    method: 'GET',
    status: 200,
    headers: { accept: '*/*', host: 'a' },
  },
  {
    author: 'Ann',
    keyboard: 'de',
    passenger: 'Bob',
    passed: true,
    monkey: 'x',
    primary_key: 'id',
    sort_key: 'a',
  },
  {
    max_tokens: 512,
    token_count: 3,
    hasPassword: true,
    password: null,
    tokenized: 'no',
    secretary: 'Eve',
  },
];

describe('ordinary lines', () => {
  it('Ordinary messages, 500 of them, are not changed', () => {
    const messages = subjects.flatMap((subject) =>
      predicates.flatMap((predicate) => numbers.map((it) => `${subject} ${it} ${predicate}`)),
    );
    const more = Array.from(
      { length: 50 },
      (_, i) => `[Nest] ${i} LOG [RoutesResolver] OrdersController {/orders}: +${i}ms`,
    );
    const all = [...messages, ...more];
    expect(all.length).toBeGreaterThanOrEqual(500);
    expect(all.filter((it) => json.text(it) !== it)).toEqual([]);
  });

  it('Ordinary fields are not changed', () => {
    for (const it of fields) expect(JSON.parse(json.fields(it))).toEqual(it);
  });
});
