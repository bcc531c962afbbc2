import { named } from '@openclaw/client';
import type { approvePairing, denyPairing, listPairings, PairingRequest } from '@openclaw/contract';
import { ago } from '../kit/figures.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly json?: boolean;
}

const LIST = named<typeof listPairings>('channels.pairings');
const DECIDE = { approve: named<typeof approvePairing>('channels.approve'), deny: named<typeof denyPairing>('channels.deny') };

export const pairList = async (host: CliHost, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const { pairings } = await client.call(LIST, {});
  if (json) return writeJson({ pairings });
  if (pairings.length === 0) return void process.stderr.write('Nobody waits to be let in\n');
  writeLines(table([{ title: 'CODE' }, { title: 'SENDER' }, { title: 'CALLS THEMSELVES', flexible: true }, { title: 'WORKSPACE' }, { title: 'ASKED' }], pairings.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
};

const toRow = ({ code, sender, name, workspace, createdAt }: PairingRequest): readonly string[] => [code, sender, name ?? '', workspace, ago(createdAt)];

export const pairDecide = async (host: CliHost, decision: 'approve' | 'deny', code: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const pairing = await client.call(DECIDE[decision], { code });
  if (json) return writeJson(pairing);
  const who = `${plainLine(pairing.sender)}${pairing.name === null ? '' : ` (calls themselves ${plainLine(pairing.name)})`}`;
  writeLines([decision === 'approve' ? `${who} may write in the workspace ${pairing.workspace} from now on` : `${who} is not let in`]);
};
