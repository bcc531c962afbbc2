import { type CallOptions, eachItem, type Page, type Requester, segment } from '../../client-kit/src/index.ts';
import type { InstalledSkill, NewSkill, Skill, SkillDetails, SkillList } from './wire.gen.ts';

const PATH = '/api/v1/skills';

export class Skills {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  list({ limit, offset }: Page = {}, options?: CallOptions): Promise<SkillList> {
    return this.#requester.json({ method: 'GET', path: PATH, query: { limit, offset } }, options);
  }

  /** Every installed skill, page by page. */
  all(page: Page = {}, options?: CallOptions): AsyncGenerator<Skill, void> {
    const ask = async (asked: Page) => {
      const { skills, ...rest } = await this.list(asked, options);
      return { ...rest, items: skills };
    };
    return eachItem(ask, ({ name }) => name, page);
  }

  /** A skill is named by its own name, or by that of the package it came in. */
  get(name: string, options?: CallOptions): Promise<SkillDetails> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(name)}` }, options);
  }

  /** Of a package with several, it tells the first, and all of them in `skills`. */
  install(skill: NewSkill, options?: CallOptions): Promise<InstalledSkill> {
    return this.#requester.json({ method: 'POST', path: PATH, body: skill }, options);
  }

  enable(name: string, options?: CallOptions): Promise<Skill> {
    return this.#requester.json({ method: 'POST', path: `${PATH}/${segment(name)}/enable` }, options);
  }

  disable(name: string, options?: CallOptions): Promise<Skill> {
    return this.#requester.json({ method: 'POST', path: `${PATH}/${segment(name)}/disable` }, options);
  }

  remove(name: string, options?: CallOptions): Promise<{ readonly deleted: boolean }> {
    return this.#requester.json({ method: 'DELETE', path: `${PATH}/${segment(name)}` }, options);
  }
}
