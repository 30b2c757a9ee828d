import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can go dead for those who are on it: what they send is swallowed, and nothing told. */
export class SwallowingProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param url with a host and a port, which the proxy takes the place of */
  static async before(url: string): Promise<SwallowingProxy> {
    const [, host, port] = /\/\/([^:/]+):(\d+)/.exec(url)!;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: own } = server.address() as { port: number };
    const proxy = new SwallowingProxy(server, url.replace(`${host}:${port}`, `127.0.0.1:${own}`));
    server.on('connection', (client) => proxy.join(client, connect(Number(port), host)));
    return proxy;
  }

  /** From now on, for the connections that there are; new ones go through. */
  swallow(): void {
    for (const [client, server] of this.pairs) {
      client.unpipe(server);
      server.unpipe(client);
      client.resume();
      server.resume();
    }
  }

  close(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    this.server.close();
  }

  private join(client: Socket, server: Socket): void {
    const pair = [client, server] as const;
    this.pairs.add(pair);
    for (const socket of pair)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          for (const one of pair) one.destroy();
          this.pairs.delete(pair);
        });
    client.pipe(server);
    server.pipe(client);
  }
}
