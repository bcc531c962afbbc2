import { archiveSkills } from '../drivers/skills/archive/index.ts';
import { folderSkills } from '../drivers/skills/folder/index.ts';
import { gitSkills } from '../drivers/skills/git/index.ts';
import { npmSkills } from '../drivers/skills/npm/index.ts';
import { openHttpClient } from '../drivers/http/undici/index.ts';
import type { SkillSources } from '../engine/ports/skill-source.ts';
import type { LiveConfig } from './config/live-config.ts';
import type { Environment } from './state/state-folder.ts';

export interface OpenSkills {
  readonly sources: SkillSources;
  close(): Promise<void>;
}

/** Everywhere a skill can come from. */
export const openSkills = (config: Pick<LiveConfig, 'current'>, env: Environment): OpenSkills => {
  const http = openHttpClient({ headersTimeoutMs: 30_000 });
  return {
    sources: { npm: npmSkills({ http, registry: () => config.current().skills.registry }), folder: folderSkills, archive: archiveSkills, git: gitSkills({ env }) },
    close: () => http.close(),
  };
};
