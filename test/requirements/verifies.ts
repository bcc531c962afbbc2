import { test } from 'vitest';
import { REQUIREMENTS, type RequirementId } from './manifest.ts';

/** A test of one promise, named for it. */
export const verifies = (id: RequirementId, proof: () => Promise<void>): void => {
  test(`${id}: ${REQUIREMENTS[id].says}`, proof);
};
