import { named } from '@openclaw/client';
import type { disableSkill, enableSkill, removeSkill } from '@openclaw/contract';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { describeSkill } from './show.ts';

interface Flags {
  readonly json?: boolean;
}

const ENABLE = named<typeof enableSkill>('skills.enable');
const DISABLE = named<typeof disableSkill>('skills.disable');
const REMOVE = named<typeof removeSkill>('skills.remove');

export const skillsEnable = async (host: CliHost, skill: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const changed = await client.call(ENABLE, { skill });
  if (json) writeJson(changed);
  else writeLines(describeSkill(changed));
};

export const skillsDisable = async (host: CliHost, skill: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const changed = await client.call(DISABLE, { skill });
  if (json) writeJson(changed);
  else writeLines([`${plainLine(changed.name)} is switched off`]);
};

export const skillsRemove = async (host: CliHost, skill: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const removed = await client.call(REMOVE, { skill });
  if (json) writeJson(removed);
  else writeLines([`${plainLine(skill)} is removed`]);
};
