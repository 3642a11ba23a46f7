import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLocalRequest, originOf } from '../../plugins/local-server.js';
import { ProfileEnded, type ProfileSlot } from '../capture/profile-slot.js';
import { hottestText } from '../formats/hottest-functions.js';
import {
  fileNameOf,
  hottestOf,
  type ProfileKind,
  profileKinds,
  pprofOf,
  type TakenProfile,
} from '../formats/profile-kinds.js';
import { MOST_SECONDS, profilingDefaults } from '../profiling-options.js';
import { memoryShortage, sendHeapSnapshot } from './heap-snapshot.js';

/** Dependencies of a {@link ProfilingSite}. */
export interface ProfilingSiteDeps {
  readonly slot: ProfileSlot;
  /** True on a port of its own, which answers programs of this machine only. */
  readonly isLocal: boolean;
  readonly pauseMs: number;
  readonly heapSnapshot: boolean;
  log(line: string): void;
  report(error: unknown): void;
}

/** Answer to a request. */
interface Answer {
  readonly type: string;
  readonly fileName: string;
  readonly body: Buffer;
}

const MOST_BYTES = 32 * 1024 * 1024;
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Answers requests for profiles. It knows files below the path of the endpoints, and no router. */
export class ProfilingSite {
  readonly #deps: ProfilingSiteDeps;

  constructor(deps: ProfilingSiteDeps) {
    this.#deps = deps;
  }

  /**
   * Answers a request. Never rejects.
   *
   * @param file - Path below that of the endpoints, without a slash at its beginning.
   */
  async answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const stop = new AbortController();
    response.once('close', () => stop.abort(new ProfileEnded('the client has gone')));
    try {
      this.#check(file, request, response);
      const caller = request.socket.remoteAddress ?? 'unknown';
      const log = (what: string) => this.#deps.log(`${what}, for ${caller}`);
      if (file === 'heap-snapshot') await this.#snapshot(response, { stop, log });
      else await this.#profile(file as ProfileKind, { request, response, stop, log });
    } catch (error) {
      if (response.destroyed) return;
      if (!(error instanceof Refused || error instanceof ProfileEnded)) this.#deps.report(error);
      sendProblem(response, error);
    }
  }

  #check(file: string, request: IncomingMessage, response: ServerResponse): void {
    const { isLocal, heapSnapshot, slot } = this.#deps;
    // A page of another site may send requests, although it cannot read the answers.
    if (originOf(request) === 'other') throw new Refused(403, 'Another page has sent this.');
    if (isLocal && !isLocalRequest(request))
      throw new Refused(403, 'Only this machine may take profiles, without a proxy.');
    if (file === 'heap-snapshot' && !heapSnapshot)
      throw new Refused(404, 'The option heapSnapshot is not set.');
    if (file !== 'heap-snapshot' && !Object.hasOwn(profileKinds, file))
      throw new Refused(404, 'There is no such profile: cpu or heap.');
    if (request.method !== 'GET') throw new Refused(405, 'Only GET takes a profile.');
    const refusal = slot.refusal();
    if (refusal === undefined) return;
    response.setHeader('Retry-After', refusal.retryAfterSeconds);
    throw new Refused(refusal.status, refusal.reason);
  }

  async #profile(kind: ProfileKind, { request, response, stop, log }: Exchange): Promise<void> {
    const { seconds, format } = parametersOf(kind, request);
    const { slot, pauseMs } = this.#deps;
    const taken = await slot.take({ kind, seconds, pauseMs, stop });
    const answer = await encoded(taken, format);
    if (answer.body.length > MOST_BYTES)
      throw new Refused(500, 'The profile has more than 32 MiB. Take a shorter one.');
    log(`${kind} profile of ${seconds} s: ${hottestText(hottestOf(taken))}`);
    response.writeHead(200, {
      'Content-Type': answer.type,
      'Content-Length': answer.body.length,
      'Content-Disposition': `attachment; filename="${answer.fileName}"`,
    });
    response.end(answer.body);
  }

  async #snapshot(response: ServerResponse, { stop, log }: SnapshotExchange): Promise<void> {
    const { slot, pauseMs } = this.#deps;
    const shortage = memoryShortage();
    if (shortage !== undefined) throw new Refused(503, shortage);
    await slot.hold({ stop, pauseMs }, () => sendHeapSnapshot(response));
    log('heap snapshot');
  }
}

/** A request that may be answered with a profile. */
interface SnapshotExchange {
  readonly stop: AbortController;
  log(what: string): void;
}

interface Exchange extends SnapshotExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answer to a request that gets no profile. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

function parametersOf(kind: ProfileKind, { url = '/' }: IncomingMessage) {
  const parameters = new URL(url, 'http://service').searchParams;
  const seconds = Number(parameters.get('seconds') ?? profilingDefaults.seconds);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MOST_SECONDS)
    throw new Refused(400, `seconds is a whole number from 1 to ${MOST_SECONDS}.`);
  const format = parameters.get('format') ?? 'pprof';
  const formats = ['pprof', profileKinds[kind].format];
  if (!formats.includes(format)) throw new Refused(400, `format is ${formats.join(' or ')}.`);
  return { seconds, format };
}

async function encoded(taken: TakenProfile, format: string): Promise<Answer> {
  const name = fileNameOf(taken);
  if (format === 'pprof') {
    const body = await pprofOf(taken);
    return { type: 'application/octet-stream', fileName: `${name}.pb.gz`, body };
  }
  const body = Buffer.from(JSON.stringify(taken.profile));
  return { type: 'application/json', fileName: `${name}.${format}`, body };
}

function sendProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const refused = error instanceof Refused ? error : undefined;
  const isEnded = error instanceof ProfileEnded;
  const status = refused?.status ?? (isEnded ? 503 : 500);
  const reason =
    refused?.message ?? (isEnded ? 'The application shuts down.' : 'The profile has failed.');
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error: reason }));
}
