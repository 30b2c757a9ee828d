import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type pg from 'pg';

/** A way to PostgreSQL on which a client may fall silent at a point of what it sends: as one that is suspended. */
export class StallingProxy {
  private readonly sockets = new Set<Socket>();
  private pattern = /$^/;
  private left = 0;
  private tell: () => void = () => undefined;
  readonly stalled = new Promise<void>((resolve) => (this.tell = resolve));

  private constructor(
    private readonly server: Server,
    /** As the one that it takes the place of. */
    readonly connection: pg.PoolConfig,
  ) {}

  /** @param direct by a socket file */
  static async before(direct: pg.PoolConfig): Promise<StallingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const proxy = new StallingProxy(server, { ...direct, host: '127.0.0.1', port });
    const path = join(direct.host!, `.s.PGSQL.${direct.port}`);
    server.on('connection', (client) => proxy.join(client, connect(path)));
    return proxy;
  }

  /** From the packet that matches on, a connection still sends so many, and then nothing. */
  stallAfter(pattern: RegExp, packets: number): void {
    this.pattern = pattern;
    this.left = packets;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(client: Socket, server: Socket): void {
    let matched = false;
    let left = Infinity;
    client.on('data', (data) => {
      if (!matched && this.pattern.test(data.toString('latin1'))) {
        matched = true;
        left = this.left;
      }
      if (left > 0) server.write(data);
      else this.tell();
      left -= 1;
    });
    server.pipe(client);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.sockets.delete(socket);
          client.destroy();
          server.destroy();
        });
    }
  }
}
