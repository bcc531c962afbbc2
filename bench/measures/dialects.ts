import { DIALECTS, NATIVE } from '../kit/dialects.ts';
import { type Lane, rateOf } from '../kit/lanes.ts';
import { startGateway, startModel } from '../kit/processes.ts';
import { atLeast, interleaveAll, type Row } from '../kit/rows.ts';

const AT_ONCE = 32;
const USERS = 8_192;
/** Turns of one slice. Many short ones: a ratio near 1 drowns in what a machine does meanwhile, unless both sides meet all of it. */
const SLICE = 128;
const ROUNDS = 50;

/** Messages by each dialect's own route, against the native route: one gateway, the same sessions, as many connections each. */
export const dialects = async (): Promise<readonly Row[]> => {
  await using model = await startModel('--chunks', '5');
  await using gateway = await startGateway({ modelUrl: model.url });
  using opened = new DisposableStack();
  const lanesOf = async (open: (typeof NATIVE)['open']): Promise<readonly Lane[]> =>
    (await Promise.all(Array.from({ length: AT_ONCE }, () => open(gateway)))).map((lane) => opened.use(lane));
  let asked = 0;
  const nextUser = (): string => `u${asked++ % USERS}`;
  const native = await lanesOf(NATIVE.open);
  // Makes every session: none is made while it is measured.
  await rateOf(native, USERS, nextUser);
  const rates = [];
  for (const { open } of DIALECTS) {
    const lanes = await lanesOf(open);
    await rateOf(lanes, 6 * SLICE, nextUser);
    rates.push(() => rateOf(lanes, SLICE, nextUser));
  }
  const all = await interleaveAll(ROUNDS, rates, () => rateOf(native, SLICE, nextUser));
  return DIALECTS.flatMap(({ name }, i) => {
    const pairs = all[i];
    return pairs ? [atLeast({ what: `turns per second by ${name}, ${AT_ONCE} at once, against the native route`, unit: '/s' }, pairs, 0.95)] : [];
  });
};
