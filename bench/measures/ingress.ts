import { createHmac } from 'node:crypto';
import { httpLane, type Lane, rateOf } from '../kit/lanes.ts';
import { startGateway, startModel, startScript } from '../kit/processes.ts';
import { atLeast, compared, interleave, type Row } from '../kit/rows.ts';

const AT_ONCE = 64;
const ROUNDS = 11;
const SLICE = 800;
const SECRET = 'a-secret-of-thirty-two-characters';

/** What a build server might send. */
const BODY = { action: 'completed', repository: { full_name: 'myorg/api' }, workflow: 'deploy', text: 'x'.repeat(400) };

let sent = 0;

const lanesTo = (url: string, path: string): Promise<readonly Lane[]> =>
  Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      httpLane({ url, token: 'none' }, () => ({
        path,
        body: { ...BODY, n: ++sent },
        headers: (text) => ({ 'X-GitHub-Delivery': `d${sent}`, 'X-Hub-Signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}` }),
      })),
    ),
  );

/** Deliveries that are verified, stored and acknowledged. The agent has its hands full meanwhile: what it does with them is not of this row. */
export const ingress = async (): Promise<readonly Row[]> => {
  await using model = await startModel('--chunks', '1000000', '--delay', '1000');
  const endpoint = { path: 'in', verify: 'github', secret: SECRET, message: '{{body.workflow}} of {{body.repository.full_name}}: {{body.action}} {{body.text}}' };
  await using gateway = await startGateway({ modelUrl: model.url, config: { webhooks: { incoming: { endpoints: [endpoint] } }, limits: { maxConcurrentTurns: 1 } } });
  await using floor = await startScript('bench/floors/ingress-route.ts', [], { FLOOR_SECRET: SECRET });
  await using together = await startScript('bench/floors/ingress-route.ts', ['--together'], { FLOOR_SECRET: SECRET });
  using opened = new DisposableStack();
  const [ours, bare, batching] = [await lanesTo(gateway.url, '/webhook/in'), await lanesTo(floor.url, '/in'), await lanesTo(together.url, '/in')];
  for (const lane of [...ours, ...bare, ...batching]) opened.use(lane);
  const rate = (lanes: readonly Lane[], total = SLICE) => rateOf(lanes, total, () => '');
  for (const lanes of [ours, bare, batching]) await rate(lanes, 2 * SLICE);
  const pairs = await interleave(ROUNDS, () => rate(ours), () => rate(bare));
  const strict = await interleave(ROUNDS, () => rate(ours), () => rate(batching));
  return [
    atLeast({ what: `webhooks taken per second, ${AT_ONCE} at once, against a bare route that verifies a signature and inserts one row, synced alike`, unit: '/s' }, pairs, 0.7),
    compared({ what: 'the same, against such a route with one commit for all that came in a turn of its event loop', unit: '/s' }, strict),
  ];
};
