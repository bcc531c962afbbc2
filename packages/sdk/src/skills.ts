import { type CallOptions, eachItem, type Page, type Paged, type Requester, segment } from '../../client-kit/src/index.ts';

export interface Skill {
  readonly name: string;
  /** Null where nobody says. */
  readonly version: string | null;
  readonly description: string;
  readonly enabled: boolean;
  readonly source: unknown;
}

export interface NewSkill {
  readonly name: string;
  /** `latest` unless told. */
  readonly version?: string | undefined;
}

const PATH = '/api/v1/skills';

export class Skills {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  list({ limit, offset }: Page = {}, options?: CallOptions): Promise<Paged & { readonly skills: readonly Skill[] }> {
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

  get(name: string, options?: CallOptions): Promise<Skill> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(name)}` }, options);
  }

  install(skill: NewSkill, options?: CallOptions): Promise<Skill> {
    return this.#requester.json({ method: 'POST', path: PATH, body: skill }, options);
  }

  enable(name: string, options?: CallOptions): Promise<Skill> {
    return this.#requester.json({ method: 'POST', path: `${PATH}/${segment(name)}/enable` }, options);
  }

  disable(name: string, options?: CallOptions): Promise<Skill> {
    return this.#requester.json({ method: 'POST', path: `${PATH}/${segment(name)}/disable` }, options);
  }

  remove(name: string, options?: CallOptions): Promise<unknown> {
    return this.#requester.json({ method: 'DELETE', path: `${PATH}/${segment(name)}` }, options);
  }
}
