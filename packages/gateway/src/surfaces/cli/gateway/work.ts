import { named } from '@openclaw/client';
import { answers } from '@openclaw/client/over-http';
import type { getStatus, Status } from '@openclaw/contract';
import { CliError, type CliHost } from '../host.ts';
import { NOT_RUNNING } from '../kit/exit-codes.ts';
import { duration, facts, json } from '../kit/facts.ts';
import { paint } from '../kit/paint.ts';
import type { LocalGateway, RunFlags, StartedGateway } from './gateway-host.ts';

interface Flags {
  readonly json?: boolean | undefined;
  readonly force?: boolean | undefined;
}

const STATUS = named<typeof getStatus>('status.get');

export const start = async (host: CliHost, given: RunFlags, flags: Flags): Promise<void> => {
  const started = await host.gateway.start(given);
  show(started, flags, started.already ? 'The gateway runs already.' : 'The gateway is ready.');
};

export const stop = async (host: CliHost, { json: asJson, force = false }: Flags): Promise<void> => {
  const { left } = await host.gateway.find();
  const stopped = await host.gateway.stop({ force });
  if (asJson) return write(json({ stopped: stopped !== undefined, pid: stopped?.pid ?? null }));
  if (stopped) return write(`The gateway (process ${stopped.pid}) has stopped.\n`);
  write(`The gateway is not running.${left === undefined ? '' : ` The one that ran as process ${left} ended without a word; whatever has this id now was left alone.`}\n`);
};

/** A gateway that a service keeps must come back as its service, or the next crash would not bring it back. */
export const restart = async (host: CliHost, given: RunFlags, flags: Flags): Promise<void> => {
  const { running } = await host.gateway.find();
  if (running?.service) throw new CliError(`systemd runs this gateway. To restart it: systemctl --user restart ${running.service}`);
  await host.gateway.stop({ force: flags.force ?? false });
  const started = await host.gateway.start({ ...running?.flags, ...given });
  show(started, flags, running ? 'The gateway is ready again.' : 'The gateway was not running; now it is ready.');
};

const show = (started: StartedGateway, { json: asJson }: Flags, headline: string): void => {
  const { url, pid, output, already } = started;
  if (asJson) return write(json({ url, pid, output, already }));
  write(`${headline}\n\n${facts([['URL', url], ['Process', pid], ['Log', 'openclaw logs --follow'], ['Output', output]])}`);
};

export const status = async (host: CliHost, { json: asJson }: Flags): Promise<void> => {
  const { running } = await host.gateway.find();
  if (running === undefined) {
    process.exitCode = NOT_RUNNING;
    return write(asJson ? json({ running: false }) : 'The gateway is not running. Start it with: openclaw gateway start\n');
  }
  const [ready, told] = await Promise.all([answers(running.url, '/readyz'), ask(host, running)]);
  const uptime = told?.uptime ?? Math.max(0, Math.floor((Date.now() - Date.parse(running.startedAt)) / 1000));
  const { url, pid, service } = running;
  if (asJson) return write(json({ running: true, ready, url, pid, uptime, startedAt: running.startedAt, version: told?.version ?? null, memoryMB: told?.memoryMB ?? null, service: service ?? null }));
  write(
    facts([
      ['Gateway', ready ? paint('green', 'running') : paint('yellow', 'running, but not ready')],
      ['URL', url],
      ['Process', pid],
      ['Service', service],
      ['Uptime', duration(uptime)],
      ['Version', told?.version],
      ['Memory', told && `${told.memoryMB} MB`],
    ]),
  );
};

/** What it tells of itself to whoever has its token; without one, that it runs is enough. */
const ask = async (host: CliHost, running: LocalGateway): Promise<Status | undefined> => {
  try {
    const { client, url } = await host.connect();
    return url === running.url ? await client.call(STATUS, {}, { signal: AbortSignal.timeout(2_000) }) : undefined;
  } catch {
    return undefined;
  }
};

const write = (text: string): void => void process.stdout.write(text);
