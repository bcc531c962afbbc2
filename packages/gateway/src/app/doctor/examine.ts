import type { Finding } from '../../surfaces/cli/doctor/doctor-host.ts';
import { findGateway } from '../cli-host/find-gateway.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';
import { checkConfig, checkReach, checkToken, readConfiguration } from './check-configuration.ts';
import { checkGateway, checkPorts } from './check-gateway.ts';
import { checkCertificates, checkDisk, checkLogs, checkNode, checkState } from './check-machine.ts';
import { checkModel } from './check-model.ts';
import { checkHooks, checkWebhooks } from './check-ways-in.ts';
import { type Check, error, type Noted, type Scene } from './scene.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  Node: checkNode,
  State: checkState,
  Config: checkConfig,
  Token: checkToken,
  Reach: checkReach,
  Gateway: checkGateway,
  Port: checkPorts,
  Model: checkModel,
  Webhooks: checkWebhooks,
  Hooks: checkHooks,
  Certificates: checkCertificates,
  Disk: checkDisk,
  Logs: checkLogs,
};

/** Looks at everything; what one check stumbles over keeps no other from being made. */
export const examine = async (env: Environment, { fix }: { readonly fix: boolean }): Promise<readonly Finding[]> => {
  const [read, gateway] = await Promise.all([readConfiguration(env), findGateway(env)]);
  const scene: Scene = { env, folder: stateFolder(env), ...read, gateway };
  const noted = await Promise.all(Object.entries(CHECKS).map(([name, check]) => made(name, check, scene)));
  return Promise.all(noted.flat().map((one) => toFinding(one, fix)));
};

const made = async (name: string, check: Check, scene: Scene): Promise<readonly Noted[]> => {
  try {
    return await check(scene);
  } catch (thrown) {
    return [error(name, `could not be looked at: ${thrown instanceof Error ? thrown.message : String(thrown)}`)];
  }
};

const toFinding = async ({ repair, ...finding }: Noted, fix: boolean): Promise<Finding> => {
  if (repair === undefined) return finding;
  if (!fix) return { ...finding, fix: 'possible' };
  try {
    await repair();
    const { mend: _, ...rest } = finding;
    return { ...rest, level: 'ok', message: `mended: ${finding.message.replace('may look', 'could look')}`, fix: 'done' };
  } catch (thrown) {
    return { ...finding, message: `${finding.message}; it could not be mended: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
};
