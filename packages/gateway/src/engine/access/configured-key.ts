import type { Grants } from '../ports/access-store.ts';

/** A key that stands in the configuration (`api.keys[]`). */
export interface ConfiguredKey {
  readonly id: string;
  readonly label: string;
  readonly key: string;
  readonly grants: Grants;
}
