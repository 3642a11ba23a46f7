import { type ChildProcess, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, npm } from './npm.js';

const TEMPLATES = fileURLToPath(new URL('apps', import.meta.url));
const SCRIPT_TIMEOUT_MS = 15_000;
const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
const PNPM = ['exec', '--yes', '--package=pnpm@10', '--', 'pnpm'];
const INSTALL_BY_PNPM = [
  'install',
  '--prefer-offline',
  '--no-frozen-lockfile',
  '--reporter=silent',
];

/** A script of an application. */
export interface Script {
  /** Path of the Node to run it with. */
  readonly node: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue 15,000 */
  readonly timeoutMs?: number;
}

/** What a script left. */
export interface EndedScript {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An application of its own outside of this repository, with the packed library installed. */
export class Application {
  readonly #directory: string;

  /**
   * @param template - Directory below `apps`; pnpm installs a workspace, which names the library as `library.tgz`.
   * @param library - Path of the library's tarball.
   * @param tools - Packages that its sources do not know.
   */
  constructor(template: string, library: string, tools: readonly string[]) {
    this.#directory = mkdtempSync(join(tmpdir(), `compat-${template}-`));
    cpSync(join(TEMPLATES, template), this.#directory, { recursive: true });
    if (existsSync(this.path('pnpm-workspace.yaml'))) {
      copyFileSync(library, this.path('library.tgz'));
      npm([...PNPM, ...INSTALL_BY_PNPM], this.#directory);
    } else npm([...INSTALL, library, ...tools], this.#directory);
  }

  /** Installs optional peers as well, and lays the sources for them over the others. */
  addPeers(peers: readonly string[]): void {
    cpSync(this.path('src-with-peers'), this.path('src'), { recursive: true });
    npm([...INSTALL, ...peers], this.#directory);
  }

  /** Path of one of its files. */
  path(file: string): string {
    return join(this.#directory, file);
  }

  /** Compiles with the application's own compiler; returns what it complains about, usually ''. */
  compile(project: string): string {
    return this.run('tsc', ['-p', project, '--skipDefaultLibCheck']).stdout;
  }

  /** Runs one of its development tools to its end. */
  run(tool: string, args: readonly string[]): SpawnSyncReturns<string> {
    const bin = join(this.#directory, 'node_modules/.bin', tool);
    return spawnSync(process.execPath, [bin, ...args], {
      cwd: this.#directory,
      env: cleanEnvironment,
      encoding: 'utf8',
    });
  }

  /** Runs a development tool of one of the packages of a workspace, in its folder. */
  runIn(member: string, tool: string, args: readonly string[]): SpawnSyncReturns<string> {
    const cwd = this.path(member);
    const bin = join(cwd, 'node_modules/.bin', tool);
    return spawnSync(bin, [...args], { cwd, env: cleanEnvironment, encoding: 'utf8' });
  }

  /**
   * Starts it with plain Node.
   *
   * @param member - Folder of a package of a workspace.
   */
  start(main: string, member = '.'): RunningApplication {
    const env = { ...cleanEnvironment, PORT: '0' };
    return new RunningApplication(spawn(process.execPath, [main], { cwd: this.path(member), env }));
  }

  /** Runs a script to its end, with a Node of its own choice. */
  async runScript({
    node,
    args,
    env = {},
    timeoutMs = SCRIPT_TIMEOUT_MS,
  }: Script): Promise<EndedScript> {
    const child = spawn(node, args, {
      cwd: this.#directory,
      env: { ...cleanEnvironment, ...env },
      timeout: timeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A process that serves HTTP. */
export class RunningApplication {
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';
  #url = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (chunk) => (this.#output += String(chunk)));
    child.stderr?.on('data', (chunk) => (this.#errors += String(chunk)));
  }

  /** What it wrote to stdout so far. */
  get output(): string {
    return this.#output;
  }

  /** What it wrote to stderr so far, where Node prints its warnings. */
  get errors(): string {
    return this.#errors;
  }

  /** Waits until it serves. */
  async listening(): Promise<void> {
    const exited = once(this.#child, 'exit').then(() => {
      throw new Error(`it ended before it listened:\n${this.#output}${this.#errors}`);
    });
    exited.catch(() => undefined);
    while (this.#url === '') {
      await Promise.race([once(this.#child.stdout!, 'data'), exited]);
      const address = /listening on (http:\S+)/.exec(this.#output)?.[1];
      this.#url = address?.replace('[::1]', 'localhost') ?? '';
    }
  }

  get(path: string): Promise<Response> {
    return fetch(this.#url + path);
  }

  post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(this.#url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Ends it as an orchestrator does. @returns Its exit code and the signal that ended it. */
  terminate(): Promise<[number | null, string | null]> {
    this.#child.kill('SIGTERM');
    return once(this.#child, 'exit') as Promise<[number | null, string | null]>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
