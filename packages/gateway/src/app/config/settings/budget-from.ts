import type { Budget } from '@openclaw/contract';
import type { Config } from '../schema.ts';

type BudgetSection = NonNullable<NonNullable<Config['limits']>['budget']>;

export const budgetFrom = ({ tokensPerDay, usdPerDay }: BudgetSection): Budget => ({
  ...(tokensPerDay === undefined ? {} : { tokensPerDay }),
  ...(usdPerDay === undefined ? {} : { usdPerDay }),
});
