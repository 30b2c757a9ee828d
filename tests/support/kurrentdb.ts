import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running KurrentDB that tests may write to, each under a prefix of its own. */
export const kurrentDbUrl = process.env.KURRENTDB_URL || undefined;

/**
 * A shell command that runs a node in the foreground, insecure and on loopback, on the port NODE_PORT and in
 * the folder NODE_DATA that it finds in its environment: for tests that kill it.
 */
const startCommand = process.env.KURRENTDB_START || undefined;

export const notRun = kurrentDbUrl ? undefined : 'not run: KurrentDB (no KURRENTDB_URL)';
export const notKilled =
  notRun ?? (startCommand ? undefined : 'not run: kill of KurrentDB (no KURRENTDB_START)');

const START_SECONDS = 60;

/** A node of a test's own, to be killed, stopped and frozen. */
export class KurrentDbServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly options: string,
  ) {}

  /** @param options of the server, after those of the command that starts it */
  static async start(options = ''): Promise<KurrentDbServer> {
    const folder = mkdtempSync(join(tmpdir(), 'minutier-kurrentdb-'));
    const server = new KurrentDbServer(await freePort(), folder, options);
    await server.run();
    return server;
  }

  get url(): string {
    return `kurrentdb://127.0.0.1:${this.port}?tls=false`;
  }

  async run(): Promise<void> {
    this.child = spawn('sh', ['-c', `exec ${startCommand!} ${this.options}`], {
      // The server takes whatever is named KURRENTDB_… for its own settings, and refuses what it does not know.
      env: {
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KURRENTDB_'))),
        NODE_PORT: String(this.port),
        NODE_DATA: this.folder,
      },
      stdio: 'ignore',
    });
    for (let n = 0; n < START_SECONDS * 20; n += 1) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/health/live`).catch(() => undefined);
      if (answer?.status === 204) return;
      await sleep(50);
    }
    throw new Error('KurrentDB did not start');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  /** Takes away for good what was deleted, in the chunks that are complete. */
  async scavenge(): Promise<void> {
    const url = `http://127.0.0.1:${this.port}/admin/scavenge`;
    const started = await fetch(`${url}?threshold=-1`, { method: 'POST' });
    if (!started.ok) throw new Error(`scavenge: ${started.status}`);
    // It is done when there is none under way.
    for (let n = 0; n < 600; n += 1) {
      await sleep(100);
      const current = await fetch(`${url}/current`, { headers: { Accept: 'application/json' } });
      const text = await current.text();
      if (!current.ok || !text.includes('scavengeId')) return;
      const { scavengeId } = JSON.parse(text) as { scavengeId?: string };
      if (!scavengeId) return;
    }
    throw new Error('the scavenge did not end');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child!.kill(signal);
  }

  /** The data go: what starts again is another server. */
  wipe(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.end('SIGKILL');
    this.wipe();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
