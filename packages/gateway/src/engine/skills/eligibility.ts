import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { SkillNeeds } from './skill-manifest.ts';

/** What this machine has, as far as skills may ask. */
export interface Equipment {
  readonly os: string;
  hasProgram(name: string): Promise<boolean>;
  hasVariable(name: string): boolean;
}

export const equipmentOf = (env: Readonly<Record<string, string | undefined>>): Equipment => ({
  os: process.platform,
  hasProgram: async (name) => {
    const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
    const found = await Promise.all(folders.map((folder) => isProgram(join(folder, name))));
    return found.includes(true);
  },
  hasVariable: (name) => (env[name] ?? '') !== '',
});

const isProgram = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
};

/** Why a skill cannot work here: names of what is missing, never a value. None where it can. */
export const reasonsAgainst = async (needs: SkillNeeds, has: Equipment): Promise<readonly string[]> => {
  const reasons: string[] = [];
  if (needs.unclear) reasons.push('what it requires (metadata.openclaw) cannot be understood');
  if (needs.os.length > 0 && !needs.os.includes(has.os)) reasons.push(`it is for ${needs.os.join(', ')}, and this is ${has.os}`);
  if (needs.always) return reasons;
  for (const name of needs.bins) if (!(await has.hasProgram(name))) reasons.push(`the program ${name} is not installed`);
  const any = await Promise.all(needs.anyBins.map((name) => has.hasProgram(name)));
  if (any.length > 0 && !any.includes(true)) reasons.push(`none of the programs ${needs.anyBins.join(', ')} is installed`);
  for (const name of needs.env) if (!has.hasVariable(name)) reasons.push(`the variable ${name} is not in the gateway's environment`);
  if (needs.config) reasons.push('it asks for settings (requires.config), which skills are not given');
  return reasons;
};
