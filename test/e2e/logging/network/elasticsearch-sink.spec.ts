import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  elasticsearchSink,
  type ElasticsearchSinkOptions,
  type OpenSink,
} from '../../../../lib/logging/index.js';
import { line, TrialHost } from '../../../unit/logging/network/sink-trial.js';
import { answerJson, bulkDocuments, BulkStore, StrictReceiver } from './strict-receiver.js';

let sink: OpenSink | undefined;
let receiver: StrictReceiver;
let host: TrialHost;

afterEach(async () => {
  await sink?.close();
  await receiver.stop();
});

async function open(
  store: BulkStore,
  options: Partial<ElasticsearchSinkOptions> = {},
): Promise<OpenSink> {
  receiver = await new StrictReceiver(store.answer).start();
  host = new TrialHost();
  const { url = receiver.url } = options;
  sink = elasticsearchSink({
    intervalMs: 5,
    ...options,
    url: url.replace('RECEIVER', receiver.url.slice(7)),
  }).open(host);
  return sink;
}

describe('Elasticsearch', () => {
  it('A line is a document with its time, its service and all of its fields, in the index of its day', async () => {
    const store = new BulkStore();
    const opened = await open(store, { index: '{service}-logs-{date}' });
    opened.write(
      line('first\nsecond \u2028', {
        fieldsText: '{"order":"o-1"}',
        timeMs: Date.UTC(2026, 10, 29, 23, 59, 59, 999),
      }),
    );
    opened.write(line('next day', { timeMs: Date.UTC(2026, 10, 30) }));
    await opened.flush();
    const documents = [...store.documents.values()];
    expect(documents.map(({ index }) => index)).toEqual([
      'shop-logs-2026.11.29',
      'shop-logs-2026.11.30',
    ]);
    expect(documents[0]?.source).toEqual({
      '@timestamp': '2026-11-29T23:59:59.999Z',
      service: { name: 'shop', version: '1.2.3', environment: 'prod' },
      timestamp: '2026-11-29T23:59:59.999Z',
      level: 'INFO',
      target: 'test',
      message: 'first\nsecond \u2028',
      fields: { order: 'o-1' },
    });
    expect(receiver.requests[0]).toMatchObject({ method: 'POST', url: '/_bulk' });
    expect(receiver.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(host.outcomes).toEqual(['success']);
  });

  it('A receiver below a path gets its requests there, and credentials of the address are in a header', async () => {
    const opened = await open(new BulkStore(), {
      url: 'http://elastic:p%40ss@RECEIVER/es/',
      compression: 'none',
    });
    opened.write(line('a'));
    await opened.flush();
    const [request] = receiver.requests;
    expect(request?.url).toBe('/es/_bulk');
    expect(request?.headers.authorization).toBe(
      `Basic ${Buffer.from('elastic:p@ss').toString('base64')}`,
    );
    expect(request?.headers['content-encoding']).toBeUndefined();
    expect(bulkDocuments(request!)).toHaveLength(1);
  });

  it.each([
    [{ apiKey: 'key' }, 'ApiKey key'],
    [{ token: 'key' }, 'Bearer key'],
    [{ username: 'u', password: 'p:w' }, `Basic ${Buffer.from('u:p:w').toString('base64')}`],
  ])('The credentials %j are the header %s', async (auth, header) => {
    const opened = await open(new BulkStore(), { auth });
    opened.write(line('a'));
    await opened.flush();
    expect(receiver.requests[0]?.headers.authorization).toBe(header);
  });

  it('A document that is rejected for now is sent again, and one with a mapping error is dropped and counted', async () => {
    const store = new BulkStore();
    let round = 0;
    store.statusOf = ({ source }) => {
      const { message } = source;
      if (message === 'broken') return 400;
      return String(message).startsWith('busy') && round === 0 ? 429 : 201;
    };
    const opened = await open(store);
    for (const it of ['a', 'busy 1', 'broken', 'b', 'busy 2']) opened.write(line(it));
    await vi.waitFor(() => expect(store.documents.size).toBe(2));
    round = 1;
    await vi.waitFor(() => expect(store.messages).toEqual(['a', 'b', 'busy 1', 'busy 2']), 5_000);
    expect(host.drops).toEqual(new Map([['refused', 1]]));
    expect(bulkDocuments(receiver.requests[1]!)).toHaveLength(2);
    expect(host.faults.join()).not.toContain('hunter2');
    expect(host.faults[0]).toBe(
      'Error: elasticsearch: a line was answered with 429 (es_rejected_execution_exception)',
    );
  });

  it('A batch whose answer is lost is stored once', async () => {
    const store = new BulkStore();
    const opened = await open(store);
    receiver.answer = (request, response) => {
      receiver.answer = store.answer;
      store.answer(request, { writeHead: () => ({ end: () => response.destroy() }) } as never);
    };
    opened.write(line('a'));
    opened.write(line('b'));
    await opened.flush();
    expect(store.messages).toEqual(['a', 'b']);
    expect(store.conflicts).toBe(2);
    expect(host.lost).toBe(0);
  });

  it.each([
    ['no JSON', 'not json'],
    ['no items', '{"took":1}'],
    ['fewer items', '{"items":[]}'],
    ['items without a status', '{"items":[{"create":{}}]}'],
    ['null', 'null'],
  ])('An answer with %s is rubbish: the lines are sent again', async (_, body) => {
    const store = new BulkStore();
    const opened = await open(store);
    receiver.answer = (_request, response) => {
      receiver.answer = store.answer;
      response.writeHead(200).end(body);
    };
    opened.write(line('a'));
    await opened.flush();
    expect(store.messages).toEqual(['a']);
    expect(host.lost).toBe(0);
  });

  it('A receiver that answers nothing within the time limit gets the lines again', async () => {
    const store = new BulkStore();
    const opened = await open(store, { timeoutMs: 50 });
    receiver.answer = () => {
      receiver.answer = store.answer;
    };
    opened.write(line('a'));
    await opened.flush();
    expect(store.messages).toEqual(['a']);
    expect(host.faults).toHaveLength(1);
  });

  it('A receiver that is away for half of the time gets every line once', async () => {
    const store = new BulkStore();
    const opened = await open(store, { maxBatchLines: 7 });
    const wanted: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 50; i++) {
        const message = `n${wanted.length}`;
        wanted.push(message);
        opened.write(line(message));
      }
      await pause(20);
      if (round % 2 === 0) await receiver.stop();
      else await receiver.start();
    }
    await vi.waitFor(() => expect(store.documents.size).toBe(200), 15_000);
    expect(store.messages).toEqual(wanted);
    expect(host.lost).toBe(0);
  }, 30_000);

  it('The index template comes before the first line and maps fields as flattened', async () => {
    const opened = await open(new BulkStore(), {
      template: true,
      index: 'shop-{date}',
      url: 'http://RECEIVER/es',
    });
    opened.write(line('a'));
    await opened.flush();
    expect(receiver.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PUT /es/_index_template/shop',
      'POST /es/_bulk',
    ]);
    const template = JSON.parse(receiver.requests[0]!.body.toString()) as {
      index_patterns: string[];
      template: { mappings: { dynamic: boolean; properties: Record<string, { type: string }> } };
    };
    expect(template.index_patterns).toEqual(['shop-*']);
    expect(template.template.mappings.dynamic).toBe(false);
    expect(template.template.mappings.properties['fields']?.type).toBe('flattened');
    expect(template.template.mappings.properties['@timestamp']).toEqual({ type: 'date' });
  });

  it('Wrong options stop the start with their path, without their secrets', () => {
    const attempt = (options: object) => () =>
      elasticsearchSink(options as ElasticsearchSinkOptions);
    const url = 'http://es:9200';
    expect(attempt({})).toThrow('elasticsearchSink().url');
    expect(attempt({ url: 'ftp://user:hunter2@es' })).toThrow(
      /elasticsearchSink\(\)\.url(?!.*hunter2)/s,
    );
    expect(attempt({ url, index: 'Shop' })).toThrow('elasticsearchSink().index');
    expect(attempt({ url, index: 'shop-{day}' })).toThrow('elasticsearchSink().index');
    expect(attempt({ url, auth: { user: 'a', password: 'hunter2' } })).toThrow(
      /\.auth(?!.*hunter2)/s,
    );
    expect(attempt({ url, auth: { apiKey: 'hunter2\r\nX: y' } })).toThrow(/\.auth(?!.*hunter2)/s);
    expect(attempt({ url, intervallMs: 1 })).toThrow('intervalMs');
    expect(attempt({ url, headers: { 'a b': 'c' } })).toThrow('elasticsearchSink().headers');
  });

  it('The status 403 of the whole request is one counted refusal', async () => {
    const opened = await open(new BulkStore());
    receiver.answer = (_, response) => answerJson(response, 403, { error: { reason: 'hunter2' } });
    opened.write(line('a'));
    await opened.flush();
    expect(host.drops).toEqual(new Map([['refused', 1]]));
    expect(host.faults).toEqual(['Error: elasticsearch: the receiver answered 403']);
  });
});
