import type { TransformContext } from '../../../engine/ports/hook-transforms.ts';

export interface ThreadStart {
  readonly file: string;
}

/** What the gateway asks of the thread: to call one function of its module. */
export interface Asked {
  readonly exportName: string | undefined;
  readonly context: TransformContext;
}
