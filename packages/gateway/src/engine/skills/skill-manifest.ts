import { SkillName } from '@openclaw/contract';
import { z } from 'zod';
import { readYaml, splitFrontmatter } from './frontmatter.ts';

/** What a skill says of itself, as far as it was understood. */
export interface SkillManifest {
  readonly name: string;
  readonly description: string;
  readonly version: string | undefined;
  readonly homepage: string | undefined;
  readonly license: string | undefined;
  /** A person may call it by its name. */
  readonly userInvocable: boolean;
  /** The model may use it of its own accord. */
  readonly modelInvocable: boolean;
  readonly needs: SkillNeeds;
  /** The text below the frontmatter. */
  readonly body: string;
}

export interface SkillNeeds {
  /** Counts as fit whatever programs and variables are missing. */
  readonly always: boolean;
  readonly os: readonly string[];
  readonly bins: readonly string[];
  readonly anyBins: readonly string[];
  readonly env: readonly string[];
  /** It asks for settings of the gateway. */
  readonly config: boolean;
  /** What it asks for cannot be understood. */
  readonly unclear: boolean;
}

const LONGEST_DESCRIPTION = 1_024;

const text = (longest: number) => z.string().trim().min(1).max(longest).optional().catch(undefined);
const flag = (fallback: boolean) => z.boolean().catch(fallback);

const Fields = z.object({
  version: z.union([z.string(), z.number()]).transform(String).pipe(z.string().max(64)).optional().catch(undefined),
  homepage: text(500),
  license: text(200),
  'user-invocable': flag(true),
  'disable-model-invocation': flag(false),
});

/** The name of a program that is looked for; never a command line. */
const program = z.string().regex(/^[A-Za-z0-9_][\w.+-]{0,63}$/);
const variable = z.string().regex(/^[A-Za-z_]\w{0,127}$/);
const few = <T extends z.ZodType>(item: T) => z.array(item).max(50).default([]);

const Needs = z.object({
  always: z.boolean().default(false),
  os: few(z.string().regex(/^[a-z0-9]{1,16}$/)),
  requires: z.object({ bins: few(program), anyBins: few(program), env: few(variable), config: few(z.string().max(200)) }).prefault({}),
});

/** Reads SKILL.md; a sentence where it cannot be used at all. Nothing of it is ever done, it is only told. */
export const readManifest = async (file: string): Promise<SkillManifest | string> => {
  const split = await splitFrontmatter(file);
  if (typeof split === 'string') return split;
  const { fields, body } = split;
  const name = SkillName.safeParse(own(fields, 'name'));
  if (!name.success) return 'SKILL.md needs a name of small letters, digits and single hyphens, at most 64';
  const description = z.string().trim().min(1).max(LONGEST_DESCRIPTION).safeParse(own(fields, 'description'));
  if (!description.success) return `SKILL.md needs a description, at most ${LONGEST_DESCRIPTION} characters long`;
  const known = Fields.parse(Object.fromEntries(Object.keys(Fields.shape).map((key) => [key, own(fields, key)])));
  const metadata = await sectionOf(own(fields, 'metadata'));
  const section = await sectionOf(own(metadata, 'openclaw') ?? own(metadata, 'clawdbot'));
  return {
    name: name.data,
    description: description.data,
    version: known.version ?? Fields.shape.version.parse(own(metadata, 'version')),
    homepage: known.homepage ?? Fields.shape.homepage.parse(own(section, 'homepage')),
    license: known.license,
    userInvocable: known['user-invocable'],
    modelInvocable: !known['disable-model-invocation'],
    needs: needsOf(section),
    body,
  };
};

const needsOf = (section: Readonly<Record<string, unknown>>): SkillNeeds => {
  const parsed = Needs.safeParse(section);
  const { always, os, requires } = parsed.success ? parsed.data : Needs.parse({});
  const { bins, anyBins, env, config } = requires;
  return { always, os, bins, anyBins, env, config: config.length > 0, unclear: !parsed.success };
};

/** Metadata stands there as a mapping, or as the text of one. */
const sectionOf = async (value: unknown): Promise<Readonly<Record<string, unknown>>> => {
  if (typeof value === 'string') return (await readYaml(value)) ?? {};
  // Whatever YAML made of it: its keys are looked at one by one.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
};

/** Never what every object inherits. */
const own = (fields: Readonly<Record<string, unknown>>, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined);
