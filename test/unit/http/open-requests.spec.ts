import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenRequest } from '../../../lib/http/open-request.js';
import { OpenRequests } from '../../../lib/http/open-requests.js';

const request = { socket: undefined } as unknown as IncomingMessage;

/** A response that can only end. */
const makeResponse = () => new EventEmitter() as ServerResponse;

describe('the requests that are being answered', () => {
  it('The requests that are being answered are those that came and did not end, in whatever order', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(9)));
    fc.assert(
      fc.property(steps, (all) => {
        const responses = Array.from({ length: 10 }, makeResponse);
        const requests = new OpenRequests();
        const expected = new Set<ServerResponse>();
        const ended = new Set<ServerResponse>();
        for (const [comes, i] of all) {
          const response = responses[i]!;
          if (!comes) response.emit('close');
          else requests.of(request, response);
          // One that ended does not come again.
          if (!comes && expected.delete(response)) ended.add(response);
          if (comes && !ended.has(response)) expected.add(response);
        }
        const open = [...requests].map((it) => it.response);
        expect(new Set(open)).toEqual(expected);
        expect(open).toHaveLength(expected.size);
      }),
    );
  });

  it('The requests that are being answered begin and end once each, whoever tells of them', () => {
    const requests = new OpenRequests();
    const told: string[] = [];
    requests.follow({
      began: (it) => {
        told.push('began');
        it.recorder = {
          ended: (ended) => void told.push(ended === it ? 'ended' : 'another'),
          dropped: () => undefined,
        };
      },
    });
    const server = new EventEmitter() as Server;
    requests.watch(server);
    requests.watch(server);
    const response = makeResponse();
    server.emit('request', request, response);
    const [open] = requests;
    expect(requests.of(request, response)).toBe(open);
    response.emit('close');
    response.emit('close');
    expect(told).toEqual(['began', 'ended']);
    expect([...requests]).toEqual([]);
  });

  it('The requests that are being answered are told of before the listeners that the server has', () => {
    const told: string[] = [];
    const server = new EventEmitter() as Server;
    server.on('request', () => told.push('application'));
    const requests = new OpenRequests();
    requests.watch(server);
    requests.follow({ began: () => void told.push('follower') });
    server.emit('request', request, makeResponse());
    expect(told).toEqual(['follower', 'application']);
  });

  it.each([undefined, {}, { on: 1 }])(
    'The requests that are being answered do not come from %j',
    (server) => {
      expect(() => new OpenRequests().watch(server as unknown as Server)).not.toThrow();
    },
  );

  it('The requests that are being answered of two collections are kept apart on one response', () => {
    const [outer, inner] = [new OpenRequests(), new OpenRequests()];
    const response = makeResponse();
    const open: OpenRequest = outer.of(request, response);
    expect(inner.of(request, response)).not.toBe(open);
    expect([...outer, ...inner]).toHaveLength(2);
  });
});
