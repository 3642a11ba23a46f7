import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { pathOfError } from '../../kernel/peers/process-state.js';

const TYPES: Readonly<Record<string, string>> = {
  'overview.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'details.js': 'text/javascript; charset=utf-8',
  'chart.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
};

interface Asset {
  readonly body: Buffer;
  readonly compressed: Buffer;
  readonly tag: string;
}

/** Files of the page, beside the entry in the package. */
export class Assets {
  readonly #folder: URL;
  readonly #known = new Map<string, Asset>();

  /** @param folder - Folder of the files. */
  constructor(folder = builtPage()) {
    this.#folder = folder;
  }

  /** Sends a file; returns false for an unknown name. */
  send(name: string, request: IncomingMessage, response: ServerResponse): boolean {
    const type = TYPES[name];
    if (type === undefined) return false;
    const { body, compressed, tag } = this.#read(name);
    const headers = { ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return true;
    }
    const isCompressed = /\bgzip\b/.test(String(request.headers['accept-encoding']));
    response.writeHead(200, {
      ...headers,
      'Content-Type': type,
      ...(isCompressed && { 'Content-Encoding': 'gzip' }),
    });
    response.end(isCompressed ? compressed : body);
    return true;
  }

  #read(name: string): Asset {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const body = readFileSync(new URL(name, this.#folder));
    const digest = createHash('sha256').update(body).digest('base64url').slice(0, 16);
    const asset = { body, compressed: gzipSync(body, { level: 9 }), tag: `"${digest}"` };
    this.#known.set(name, asset);
    return asset;
  }
}

/** Places of the page: beside the entry, seen from a file that entries share, and from the sources. */
const PLACES = ['./page/', '../live/page/', '../../../dist/live/page/'];

function builtPage(): URL {
  const own = pathToFileURL(pathOfError(new Error()) ?? '.');
  const places = PLACES.map((it) => new URL(it, own));
  return places.find((it) => existsSync(new URL('overview.html', it))) ?? (places[0] as URL);
}
