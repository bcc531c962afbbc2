export { equipmentOf } from './eligibility.ts';
export { createOffer, type OfferedSkill } from './offered-skills.ts';
export { skillHandlers } from './skill-handlers.ts';
export { SkillRegistry } from './skill-registry.ts';
