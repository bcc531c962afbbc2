export { BudgetKeeper, type Spender } from './budget-keeper.ts';
