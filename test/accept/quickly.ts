import { describe, expect, test } from 'vitest';
import type { Scenario } from '../support/fault-outcome.ts';

/** Scenarios as tests, in their small form. What cannot be run here is skipped with the reason. */
export const quickly = (name: string, scenarios: readonly Scenario[]): void => {
  describe(name, () => {
    for (const { title, quick } of scenarios) {
      test(title, { timeout: 60_000 }, async (context) => {
        const { problems, figures, skipped } = await quick();
        if (skipped !== undefined) context.skip(skipped);
        expect(problems, figures).toEqual([]);
      });
    }
  });
};
