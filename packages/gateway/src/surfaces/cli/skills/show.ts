import { named } from '@openclaw/client';
import type { getSkill, listSkills, Skill, SkillDetails } from '@openclaw/contract';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly json?: boolean;
}

const LIST = named<typeof listSkills>('skills.list');
const GET = named<typeof getSkill>('skills.get');
const COLUMNS = [{ title: '' }, { title: 'SKILL' }, { title: 'VERSION' }, { title: 'SOURCE' }, { title: 'DESCRIPTION', flexible: true }] as const;

export const skillsList = async (host: CliHost, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const ask = (page: Page) => client.call(LIST, page).then((listed) => ({ rows: listed.skills, total: listed.total }));
  const { rows: skills } = await readPages(ask, { keyOf: ({ name }) => name });
  if (json) return writeJson({ skills, total: skills.length });
  if (skills.length === 0) return void process.stderr.write('No skill is installed yet. Try: openclaw skills install ./my-skill\n');
  writeLines(table(COLUMNS, skills.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  const look = skills.filter(({ warnings, modified }) => modified || warnings.length > 0).map(({ name }) => plainLine(name));
  if (look.length > 0) process.stderr.write(`Look at ${look.join(', ')} with: openclaw skills info <name>\n`);
};

const toRow = (skill: Skill): readonly string[] => [
  !skill.eligible ? '!' : skill.enabled ? '+' : '-',
  skill.name,
  skill.version ?? '',
  `${skill.source}${skill.modified ? ', changed' : ''}`,
  skill.problem ?? skill.reasons[0] ?? skill.description,
];

export const skillsInfo = async (host: CliHost, skill: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const found = await client.call(GET, { skill });
  if (json) return writeJson(found);
  writeLines([...describeSkill(found), ...describeFiles(found)]);
};

/** What a person wants to know before trusting a skill. Every line may hold what strangers wrote. */
export const describeSkill = (skill: Skill): readonly string[] =>
  [
    `Skill      ${skill.name}${skill.version === null ? '' : ` ${skill.version}`}`,
    ...(skill.description === '' ? [] : [`           ${skill.description}`]),
    `State      ${stateOf(skill)}`,
    `From       ${skill.from === null ? 'put there by hand' : `${skill.source} ${skill.from}`}`,
    ...(skill.installedAt === null ? [] : [`Installed  ${skill.installedAt} by ${skill.installedBy ?? 'somebody'}`]),
    ...(skill.integrity === null ? [] : [`Integrity  ${skill.integrity}`]),
    `Files      ${skill.treeHash}${skill.modified ? ' (changed since)' : ''}`,
    ...skill.reasons.map((reason) => `Missing    ${reason}`),
    ...skill.warnings.map((warning) => `Warning    ${warning}`),
  ].map(plainLine);

const stateOf = ({ name, problem, eligible, enabled, warnings }: Skill): string => {
  if (problem !== undefined) return `cannot be used: ${problem}`;
  if (!enabled) return warnings.length === 0 ? 'switched off' : `off because of the warnings below; read them, then: openclaw skills enable ${name}`;
  return eligible ? 'in use' : 'switched on, but something it needs is missing';
};

const describeFiles = ({ folder, homepage, license, files, changes }: SkillDetails): readonly string[] => {
  const changed = new Map(changes.map(({ path, change }) => [path, change]));
  const gone = changes.filter(({ change }) => change === 'removed').map(({ path }) => `           ${path} (removed)`);
  return [
    ...(homepage === null ? [] : [`Homepage   ${homepage}`]),
    ...(license === null ? [] : [`License    ${license}`]),
    `Folder     ${folder}`,
    ...files.map(({ path, bytes }) => `           ${path}, ${bytes} bytes${changed.has(path) ? ` (${changed.get(path)})` : ''}`),
    ...gone,
  ].map(plainLine);
};
