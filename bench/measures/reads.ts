import { connect } from '@openclaw/client';
import { createSession } from '@openclaw/contract';
import { getLane, type Lane, rateOf } from '../kit/lanes.ts';
import { startGateway, startModel, startScript } from '../kit/processes.ts';
import { atLeast, interleave, type Row } from '../kit/rows.ts';

const AT_ONCE = 32;
const SESSIONS = 300;
const ROUNDS = 25;
const SLICE = 1_000;

const READS = [
  { what: '`GET /api/v1/status`', path: '/api/v1/status' },
  { what: `\`GET /api/v1/sessions\` (50 of ${SESSIONS})`, path: '/api/v1/sessions' },
] as const;

const lanesOf = (server: { readonly url: string; readonly token: string }, path: string): Promise<readonly Lane[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, () => getLane(server, path)));

/** What is read with a token, against a bare route that checks one and answers the same JSON. */
export const reads = async (): Promise<readonly Row[]> => {
  await using model = await startModel();
  await using gateway = await startGateway({ modelUrl: model.url });
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  for (let n = 0; n < SESSIONS; n++) await client.call(createSession, { label: `Session ${n}`, userId: `user-${n % 40}` });
  const rows: Row[] = [];
  for (const { what, path } of READS) {
    const response = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${gateway.token}` } });
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${answer}`);
    await using floor = await startScript('bench/floors/bearer-route.ts', [], { FLOOR_TOKEN: gateway.token, FLOOR_ANSWER: answer });
    using opened = new DisposableStack();
    const [ours, bare] = [await lanesOf(gateway, path), await lanesOf({ url: floor.url, token: gateway.token }, '/read')];
    for (const lane of [...ours, ...bare]) opened.use(lane);
    const rate = (lanes: readonly Lane[], total = SLICE) => rateOf(lanes, total, () => '');
    await rate(ours, 8 * SLICE);
    await rate(bare, 8 * SLICE);
    const pairs = await interleave(ROUNDS, () => rate(ours), () => rate(bare));
    rows.push(atLeast({ what: `${what} per second, ${AT_ONCE} at once, against a bare route that checks a token and answers as much`, unit: '/s' }, pairs, 0.7));
  }
  return rows;
};
