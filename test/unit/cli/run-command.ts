import { runCommandLine } from '../../../lib/cli/command-line.js';
import type { CommandIo } from '../../../lib/cli/command-io.js';

/** Outcome of a command without a process. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command without a process; `stdin` is its standard input. */
export async function runCommand(
  argv: readonly string[],
  { stdin = '', ...io }: Partial<Omit<CommandIo, 'stdin'>> & { readonly stdin?: string } = {},
): Promise<CommandResult> {
  let out = '';
  let err = '';
  const code = await runCommandLine({
    argv,
    env: {},
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    isTTY: false,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    ...io,
  });
  return { code, out, err };
}

/** Returns a `fetch` that answers every request, and remembers its addresses and headers. */
export function answering(body: string, init: ResponseInit = {}) {
  const requests: { readonly url: string; readonly headers: Headers }[] = [];
  const fetching = async (input: unknown, options?: RequestInit) => {
    requests.push({ url: String(input), headers: new Headers(options?.headers) });
    return new Response(body, init);
  };
  return { fetch: fetching as typeof fetch, requests };
}
