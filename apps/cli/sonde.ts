import { readFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

const MILLISECONDS = 3000;

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'ce nom d’hôte n’existe pas'],
  [/^ECONNREFUSED$/, 'rien n’écoute à cette adresse'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'pas de réponse : réseau, ou serveur figé'],
  [/^(EPROTO|ERR_SSL_)/, 'ce serveur ne parle pas TLS : tls=false ?'],
  [/^(ECONNRESET|HPE_)/, 'ce serveur coupe : veut-il TLS (tls=true) ?'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'son certificat est au nom d’un autre hôte'],
  [/(CERT|SIGNATURE|ISSUER)/, 'son certificat n’est pas d’une autorité connue : tlsCaFile ?'],
];

/** What each host of a KurrentDB address answers to a look at its health, host by host, in French. */
export async function sonder(url: string): Promise<string[]> {
  const [, authority = '', query = ''] = /^[a-z+]+:\/\/(?:[^@/]*@)?([^/?]*)[^?]*\??(.*)$/.exec(url) ?? [];
  const options = new URLSearchParams(query.replace(/\+/g, '%2B'));
  const tls = options.get('tls') !== 'false';
  const ca = options.get('tlsCaFile');
  return Promise.all(
    authority.split(',').map(async (host) => {
      const [name, port = '2113'] = host.split(':');
      return `${name}:${port} : ${await look(name!, Number(port), tls, ca)}`;
    }),
  );
}

function look(host: string, port: number, tls: boolean, ca: string | null): Promise<string> {
  return new Promise((resolve) => {
    const get = tls ? secure : plain;
    const asking = get(
      { host, port, path: '/health/live', timeout: MILLISECONDS, ...(ca && { ca: readFileSync(ca) }) },
      (answer) => {
        answer.resume();
        resolve(
          (answer.statusCode ?? 500) < 300
            ? 'le serveur répond'
            : `le serveur répond ${answer.statusCode} : il n’est pas prêt, ou n’est pas un KurrentDB`,
        );
      },
    );
    asking.on('timeout', () => asking.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    asking.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      resolve(CAUSES.find(([pattern]) => pattern.test(code))?.[1] ?? `${error.message} (${code})`);
    });
    asking.end();
  });
}
