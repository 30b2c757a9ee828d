import type { Described } from './described.js';

let described: Promise<Described> | undefined;

async function describeApi(): Promise<Described> {
  const [{ openApi }, { Described: Api }] = await Promise.all([
    import('../../libs/http/openapi.js'),
    import('./described.js'),
  ]);
  return new Api(openApi() as ConstructorParameters<typeof Described>[0]);
}

const document = () => (described ??= describeApi());

/** Every answer that a test gets is as the document says. */
const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const response = await plainFetch(input, init);
  const { pathname, hostname } = new URL(input instanceof Request ? input.url : input);
  if (hostname !== '127.0.0.1' || response.status === 204) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  if (body === undefined) return response;
  const method = init?.method ?? 'GET';
  const type = response.headers.get('content-type') ?? '';
  const wrong = (await document()).faultsOf(method, pathname, response.status, type, body);
  if (wrong === undefined) return response;
  throw new Error(
    `${method} ${pathname} answers ${response.status} otherwise than described: ${wrong}\n${JSON.stringify(body).slice(0, 2000)}`,
  );
};
