import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A sample in a process of its own, as `npm start` runs it. */
export interface RunningSample {
  readonly process: ChildProcess;
  /** Address, without a slash at its end. */
  readonly url: string;
  /** Posts JSON. */
  post(path: string, body?: object): Promise<Response>;
}

/**
 * Starts the sample of a test at a free port, and waits until it has printed its address.
 *
 * @param test - `import.meta.url` of the test.
 */
export async function startSample(
  test: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RunningSample> {
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: fileURLToPath(new URL('..', test)),
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const [url] = /http:\/\/localhost:\d+/.exec(line) ?? [];
    if (url === undefined) continue;
    // What it prints later is read as well, so that the pipe never fills.
    child.stdout.resume();
    return { process: child, url, post: (path, body) => fetch(url + path, postOf(body)) };
  }
  throw new Error('The sample ended before it printed its address');
}

function postOf(body: object | undefined): RequestInit {
  if (body === undefined) return { method: 'POST' };
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(body) };
}
