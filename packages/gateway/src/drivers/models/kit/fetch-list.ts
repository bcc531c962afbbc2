import type { ModelConnection } from '../../../engine/ports/model.ts';
import { failureOfStatus } from './failure.ts';
import { parseJson } from './json.ts';
import { maskFor } from './secrets.ts';

export interface ListQuery {
  readonly connection: ModelConnection;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const LIST_LIMIT = 16 * 1024 * 1024;

/** The document an endpoint lists its models in; undefined where it has no such list. A refusal rejects with the provider's words. */
export const fetchList = async ({ connection, url, headers, signal }: ListQuery): Promise<unknown> => {
  const response = await connection.http.request(url, { method: 'GET', headers: { accept: 'application/json', ...headers, ...connection.headers }, signal });
  const body = await response.text(LIST_LIMIT);
  if (response.status === 404 || response.status === 405) return undefined;
  if (response.status !== 200) throw new Error(maskFor(connection)(failureOfStatus(response.status, response.headers, body).message));
  return parseJson(body);
};
