import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../libs/config/index.js';
import { searchPath } from './processes.js';

/** Nobody waits longer for an answer, whatever is taken away. */
const ANSWER_MILLISECONDS = 25_000;
const START_MILLISECONDS = 60_000;
/** Views that are not there by then are stuck. */
const READ_MILLISECONDS = 120_000;

export interface Answer {
  /** 0: there was no answer. */
  readonly status: number;
  readonly body: AnswerBody;
}

interface AnswerBody {
  readonly code?: string;
  readonly items?: readonly Readonly<Record<string, unknown>>[];
  readonly next?: string | null;
}

/** The programs that run until they are told to stop, and what each says once it is ready. */
const PROGRAMS = {
  serve: { command: ['cli', 'serve'], ready: /http:\/\/\S+:\d+/ },
  api: { command: ['api'], ready: /http:\/\/\S+:\d+/ },
  projector: { command: ['projector'], ready: /tenues à jour/ },
} as const;

/** A process of the program, as a user runs it. */
export class Running {
  private constructor(
    readonly child: ChildProcess,
    /** Of one that is asked over HTTP. */
    readonly url: string,
    private readonly said: { stderr: string },
  ) {}

  /** @param root of the release */
  static serve(env: Record<string, string>, root = projectRoot()): Promise<Running> {
    return Running.start('serve', env, root);
  }

  static async start(
    program: keyof typeof PROGRAMS,
    env: Record<string, string>,
    root = projectRoot(),
  ): Promise<Running> {
    const {
      command: [app, ...args],
      ready,
    } = PROGRAMS[program];
    const child = spawn(process.execPath, [join(root, 'dist/apps', app, 'main.js'), ...args], {
      env: { PATH: searchPath, MINUTIER_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
    const [url] = await new Promise<RegExpExecArray>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${program} did not start: ${said.stderr}`));
      }, START_MILLISECONDS);
      child.once('exit', () => {
        clearTimeout(late);
        reject(new Error(`${program} ended at once: ${said.stderr}`));
      });
      child.stdout.on('data', (data: Buffer) => {
        said.stdout += data.toString();
        const found = ready.exec(said.stdout);
        if (!found) return;
        clearTimeout(late);
        resolve(found);
      });
    });
    child.removeAllListeners('exit');
    return new Running(child, url, said);
  }

  get stderr(): string {
    return this.said.stderr;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }

  async call(method: 'GET' | 'POST', path: string, body?: object, key?: string): Promise<Answer> {
    return call(this.url, method, path, body, key);
  }
}

export async function call(
  url: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  key?: string,
): Promise<Answer> {
  const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      headers: {
        'Minutier-Auteur': 'moi',
        'Content-Type': 'application/json',
        ...(key !== undefined && { 'Idempotency-Key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as AnswerBody };
  } catch (error) {
    if (signal.aborted) throw new Error(`no answer to ${method} ${path} at all`, { cause: error });
    return { status: 0, body: {} };
  }
}

/** Callers that plan séances, each repeated under its key until it is acknowledged. */
export class Load {
  readonly acknowledged = new Set<number>();
  /** Statuses and codes that were none of the expected. */
  readonly unexpected: string[] = [];
  /** A process that may be suspended, and gives no answer then. */
  silent: string | undefined;
  private next: number;
  private running = true;
  private given = false;
  private readonly callers: Promise<void>[];

  /**
   * @param first the number of the first séance
   * @param pause milliseconds between two séances of a caller: a committee has no more than 99,999
   */
  constructor(
    private readonly urls: () => readonly string[],
    private readonly comite: string,
    callers = 4,
    first = 2,
    private readonly pause = 0,
  ) {
    this.next = first - 1;
    this.callers = Array.from({ length: callers }, (_, caller) => this.go(caller));
  }

  /** Gives up whatever is not acknowledged yet. */
  abandon(): void {
    this.running = false;
    this.given = true;
  }

  /** Lets what is under way be acknowledged. */
  async end(): Promise<void> {
    this.running = false;
    await Promise.all(this.callers);
  }

  private async ask(url: string, body: object, key: string): Promise<Answer> {
    try {
      return await call(url, 'POST', '/api/v1/seances', body, key);
    } catch (error) {
      if (url !== this.silent) throw error;
      return { status: 0, body: {} };
    }
  }

  private async go(caller: number): Promise<void> {
    while (this.running) {
      const numero = (this.next += 1);
      const body = { comite: this.comite, numero, jour: '2021-03-04' };
      for (let attempt = 0; ; attempt += 1) {
        if (this.given) return;
        const urls = this.urls();
        const url = urls[(caller + attempt) % urls.length];
        const answer =
          url === undefined ? { status: 0, body: {} } : await this.ask(url, body, `${this.comite}-${numero}`);
        if (answer.status === 200 || answer.status === 201) break;
        const { code } = answer.body;
        const expected = answer.status === 0 || answer.status === 503 || code === 'requete-en-cours';
        if (!expected) {
          this.unexpected.push(`${answer.status} ${code} to ${numero}`);
          return;
        }
        await sleep(20);
      }
      this.acknowledged.add(numero);
      await sleep(this.pause);
    }
  }
}

/**
 * All séances of a committee, by number.
 * @param pages at most so many
 */
export async function seancesOf(url: string, comite: string, pages = Infinity): Promise<number[]> {
  const all: number[] = [];
  const first = `/api/v1/seances?comite=${comite}&limit=200`;
  const deadline = Date.now() + READ_MILLISECONDS;
  for (let path: string | null = first, page = 0; path !== null && page < pages;) {
    const { status, body } = await call(url, 'GET', path);
    if (status !== 200) {
      if (Date.now() > deadline) throw new Error(`no séances to be read at ${url}: ${status} ${body.code}`);
      await sleep(50);
      continue;
    }
    all.push(...(body.items ?? []).map(({ numero }) => Number(numero)));
    path = body.next ? `${first}&cursor=${encodeURIComponent(body.next)}` : null;
    page += 1;
  }
  return all.toSorted((a, b) => a - b);
}
