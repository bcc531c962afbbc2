import { done, run, Worker } from '../conformance/turn-fixture.ts';
import { openPostgresPair, openSqlitePair } from './store-pairs.ts';

// A worker to be killed: ends the turns of one session as fast as they come, holds those of the others, and says what it does, a line each.

const [kind, place = '', endedSession = ''] = process.argv.slice(2);
const pair = kind === 'sqlite' ? await openSqlitePair(place) : await openPostgresPair(place, 'node-killed');
const worker = new Worker(pair);
const held = new Map<string, { jobId: string; turnId: string }>();
let ended = 0;

const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const work = async (): Promise<void> => {
  for (const lease of await pair.queue.take(10)) {
    const started = await worker.start(lease, run('killed'));
    if (started.session.key === endedSession && ended === 0) {
      ended++;
      await pair.store.endTurn(started.fence, done(started));
      tell({ ended: started.turn.id });
      continue;
    }
    held.set(lease.turnId, lease);
    tell({ started: started.turn.id, fence: started.fence });
  }
  await pair.queue.renew([...held.values()]);
};

setInterval(() => void work(), 200);
await work();
