import { existsSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { type Server, startServer } from '../../apps/api/server.js';
import { Registre } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const SEANCE = `
version: 1
comite: reseau
numero: 1
auteur: moi
comiteInstitue: { nom: Réseau }
seance: { jour: 2018-01-30 }
`;
const CHROMIUM = '/usr/bin/chromium';

describe('a register on a network', () => {
  let database: TestDatabase;
  let registre: Registre;
  let server: Server;
  let port: number;
  const reported: unknown[] = [];
  const open = (report: (error: unknown) => void = (error) => reported.push(error)) =>
    startServer(registre, { port: 0, host: '127.0.0.1', allowedHosts: ['registre.example'], report });
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    await importFile(registre, '1.yaml', SEANCE, { sources: [] });
    server = await open();
    port = Number(new URL(server.url).port);
  });
  afterAll(async () => {
    await server.close();
    await registre.close();
    await database.drop();
    expect(reported).toEqual([]);
  });

  /** What comes back for bytes as they are, until the other side ends or falls silent. */
  const raw = (
    bytes: string | Buffer,
    patience = 3000,
  ): Promise<{ status: number; type: string; body: any; text: string }> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      const end = () => {
        clearTimeout(late);
        socket.destroy();
        const [head = '', body = ''] = text.split('\r\n\r\n');
        const type = /content-type: ([^;\r\n]+)/i.exec(head)?.[1] ?? '';
        resolve({
          status: Number(head.split(' ')[1]),
          type,
          body: /^\{/.test(body) ? JSON.parse(body) : body,
          text,
        });
      };
      const late = setTimeout(end, patience);
      socket.on('data', (data) => {
        text += data.toString('latin1');
        const length = /content-length: (\d+)/i.exec(text)?.[1];
        const body = text.split('\r\n\r\n')[1];
        if (
          length !== undefined &&
          body !== undefined &&
          Buffer.from(body, 'latin1').length >= Number(length)
        )
          end();
      });
      socket.on('end', end);
      socket.on('error', (error) => (text ? end() : reject(error)));
      socket.write(bytes);
    });
  const head = (line: string, ...headers: string[]): string => [line, ...headers, '', ''].join('\r\n');
  const ask = (line: string, ...headers: string[]) => raw(head(line, 'Host: 127.0.0.1', ...headers));

  it.each([
    [
      'a page under its own name for this machine',
      421,
      'hote-inconnu',
      ['Host: evil.example', 'Origin: http://evil.example'],
    ],
    ['a name that only begins like ours', 421, 'hote-inconnu', ['Host: localhost.evil.example']],
    ['nothing of a host', 400, 'hote-absent', []],
    [
      'a page of another site',
      403,
      'origine-refusee',
      ['Host: localhost:3000', 'Origin: http://evil.example'],
    ],
    ['a page without an origin', 403, 'origine-refusee', ['Host: localhost', 'Origin: null']],
    ['an image of another site', 403, 'origine-refusee', ['Host: localhost', 'Sec-Fetch-Site: cross-site']],
    [
      'another port of this machine',
      403,
      'origine-refusee',
      ['Host: localhost:1', 'Origin: http://localhost:2'],
    ],
    ['a page of a sister site', 403, 'origine-refusee', ['Host: localhost', 'Sec-Fetch-Site: same-site']],
  ])('neither reads nor writes for %s', async (_, status, code, headers) => {
    const before = await registre.store.head();
    const body = '{"comite":"vole","nom":"Volé"}';
    const json = ['Content-Type: application/json', 'Minutier-Auteur: moi', `Content-Length: ${body.length}`];
    for (const request of [
      head('GET /api/v1/membres HTTP/1.1', ...headers),
      head('GET /openapi.json HTTP/1.1', ...headers),
      head('POST /api/v1/comites HTTP/1.1', ...headers, ...json) + body,
      head('OPTIONS /api/v1/comites HTTP/1.1', ...headers, 'Access-Control-Request-Method: POST'),
    ]) {
      const answer = await raw(request);
      expect([answer.status, answer.body.code, answer.type]).toEqual([
        status,
        code,
        'application/problem+json',
      ]);
      expect(answer.text).not.toMatch(/access-control-allow/i);
    }
    expect(await registre.store.head()).toBe(before);
  });

  it.each(['127.0.0.1', 'localhost:8080', '[::1]:3000', 'Registre.Example', 'registre.example:443'])(
    'answers under its own names: %s',
    async (host) => {
      const answer = await raw(head('GET /health/live HTTP/1.1', `Host: ${host}`, `Origin: https://${host}`));
      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(/x-content-type-options: nosniff/i);
      expect(answer.text).toMatch(/cross-origin-resource-policy: same-origin/i);
      expect(answer.text).toMatch(/cache-control: no-store/i);
    },
  );

  it.each([
    [
      'an address that does not read',
      400,
      'adresse-illisible',
      () => ask('GET /api/v1/actions/%ff HTTP/1.1'),
    ],
    [
      'raw bytes in an address',
      400,
      'requete-illisible',
      () => raw(Buffer.from('GET /\xff\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n', 'latin1')),
    ],
    ['no request at all', 400, 'requete-illisible', () => raw('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')],
    [
      'headers that do not come to an end',
      408,
      'requete-trop-lente',
      () => raw('GET /health/live HTTP/1.1\r\nHost: localhost\r\n', 20_000),
    ],
    ['an unknown address', 404, 'chemin-inconnu', () => ask('GET /api/v1/rien HTTP/1.1')],
    ['a method that is not for here', 405, 'methode-refusee', () => ask('DELETE /api/v1/actions HTTP/1.1')],
    ['a relay', 405, 'methode-refusee', () => ask('CONNECT evil.example:443 HTTP/1.1')],
    [
      'another expectation',
      417,
      'attente-refusee',
      () => ask('GET /health/live HTTP/1.1', 'Expect: miracle'),
    ],
    [
      'headers without end',
      431,
      'en-tetes-trop-grands',
      () => ask('GET /health/live HTTP/1.1', `X: ${'x'.repeat(40_000)}`),
    ],
    [
      'a form',
      415,
      'format-refuse',
      () =>
        raw(
          `${head('POST /api/v1/comites HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 8')}comite=x`,
        ),
    ],
    [
      'text',
      415,
      'format-refuse',
      () =>
        raw(
          `${head('POST /api/v1/comites HTTP/1.1', 'Host: localhost', 'Content-Type: text/plain', 'Content-Length: 2')}{}`,
        ),
    ],
    [
      'no JSON',
      400,
      'requete-illisible',
      () =>
        raw(
          `${head('POST /api/v1/comites HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 2')}{x`,
        ),
    ],
  ])('answers %s with a problem and its code', async (_, status, code, asking) => {
    const { status: found, body, type } = await asking();
    expect([found, body.code, type]).toEqual([status, code, 'application/problem+json']);
  });

  it('says which methods an address takes', async () => {
    const { text, status } = await ask('PUT /api/v1/actions/reseau/1/A1/avancement HTTP/1.1');
    expect([status, /allow: (.*)\r/i.exec(text)?.[1]]).toEqual([405, 'GET, HEAD, POST']);
    const options = await ask('OPTIONS /api/v1/corrections HTTP/1.1');
    expect([options.status, /allow: (.*)\r/i.exec(options.text)?.[1]]).toEqual([204, 'POST']);
  });

  it('does not hear out a body that is too large', async () => {
    const sent = await new Promise<number>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).on('close', () => resolve(socket.bytesWritten));
      socket.resume();
      socket.write(
        head(
          'POST /api/v1/comites HTTP/1.1',
          'Host: localhost',
          'Content-Type: application/json',
          'Content-Length: 1000000000',
        ),
      );
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
        socket.once('drain', more);
      };
      more();
    });
    expect(sent).toBeLessThan(50_000_000);
    const refused = await raw(
      `${head('POST /api/v1/comites HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 1000000000', 'Expect: 100-continue')}`,
    );
    expect([refused.status, refused.body.code]).toEqual([413, 'requete-trop-grande']);
    // Without a length too.
    const chunked = head(
      'POST /api/v1/comites HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    );
    const endless = await raw(`${chunked}40000\r\n${'x'.repeat(0x40000)}\r\n`);
    expect([endless.status, endless.body.code]).toEqual([413, 'requete-trop-grande']);
  });

  it('ends within seconds, whatever connections are half open', async () => {
    const other = await open();
    const { port: own } = new URL(other.url);
    const sockets = [
      '',
      'GET / HTTP/1.1\r\nHost: loc',
      head(
        'POST /api/v1/comites HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
        'Content-Length: 50',
      ),
      head('GET /health/live HTTP/1.1', 'Host: localhost'),
    ].map((bytes) => {
      const socket = connect(Number(own), '127.0.0.1').on('error', () => undefined);
      socket.write(bytes);
      return socket;
    });
    await sleep(300);
    const ended = await Promise.race([
      other.close().then(() => 'ended'),
      sleep(8000, 'late', { ref: false }),
    ]);
    expect(ended).toBe('ended');
    for (const socket of sockets) socket.destroy();
  });

  it('answers a key for its author only', async () => {
    const post = async (author: string) => {
      const response = await fetch(`${server.url}/api/v1/comites`, {
        method: 'POST',
        headers: { 'Minutier-Auteur': author, 'Content-Type': 'application/json', 'Idempotency-Key': 'une' },
        body: JSON.stringify({ comite: 'cle', nom: 'Clé' }),
      });
      return [response.status, ((await response.json()) as any).code];
    };
    expect([await post('une'), await post('autre'), await post('une')]).toEqual([
      [201, undefined],
      [409, 'comite-deja-institue'],
      [200, undefined],
    ]);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1'])(
    'does not listen on %s, unless something in front knows who asks',
    async (host) => {
      const listening = { port: 0, host, report: () => undefined };
      await expect(startServer(registre, listening)).rejects.toThrow(/MINUTIER_BEHIND_PROXY/);
      if (host === '192.0.2.1') return;
      const behind = await startServer(registre, {
        ...listening,
        behindProxy: true,
        allowedHosts: ['registre.example'],
      });
      await behind.close();
    },
  );

  if (!existsSync(CHROMIUM)) it.todo('not run: a page in Chromium (no Chromium here)');
  else
    describe('a page of another origin, in Chromium', () => {
      let browser: Browser;
      let evil: HttpServer;
      beforeAll(async () => {
        browser = await chromium.launch({
          executablePath: CHROMIUM,
          // As a name that its owner has moved to this machine.
          args: ['--no-sandbox', '--host-resolver-rules=MAP rebound.example 127.0.0.1'],
        });
        evil = createServer((_, response) =>
          response.setHeader('Content-Type', 'text/html').end('<p>bonjour</p>'),
        );
        await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
      });
      afterAll(async () => {
        await browser.close();
        evil.close();
      });

      it.each(['another', 'rebound'])('can neither read nor write: %s', async (kind) => {
        const page = await browser.newPage();
        const there =
          kind === 'another'
            ? `http://127.0.0.1:${(evil.address() as AddressInfo).port}/`
            : `http://rebound.example:${port}/`;
        await page.goto(there);
        const target = kind === 'another' ? server.url : `http://rebound.example:${port}`;
        const before = await registre.store.head();
        const outcomes = await page.evaluate(async (url) => {
          const tried = async (path: string, init: RequestInit): Promise<string> => {
            try {
              const response = await fetch(url + path, init);
              return response.type === 'opaque' ? 'opaque' : `${response.status}`;
            } catch {
              return 'blocked';
            }
          };
          const body = '{"comite":"vole","nom":"Volé"}';
          return [
            await tried('/api/v1/membres', {}),
            await tried('/api/v1/membres', { mode: 'no-cors' }),
            await tried('/api/v1/comites', {
              method: 'POST',
              body,
              headers: { 'Content-Type': 'application/json', 'Minutier-Auteur': 'x' },
            }),
            await tried('/api/v1/comites', { method: 'POST', body, mode: 'no-cors' }),
            await new Promise<string>((resolve) => {
              const { document } = globalThis as any;
              const script = document.createElement('script');
              script.src = `${url}/api/v1/membres`;
              script.onload = () => resolve('loaded');
              script.onerror = () => resolve('blocked');
              document.body.append(script);
            }),
          ];
        }, target);
        for (const outcome of outcomes) expect(['blocked', '421', '403']).toContain(outcome);
        expect(await registre.store.head()).toBe(before);
        await page.close();
      });
    });
});
