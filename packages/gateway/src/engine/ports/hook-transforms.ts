/** Where a transform of the owner's is. */
export interface TransformPlace {
  /** The folder it must really lie in, whatever links lead where. */
  readonly folder: string;
  readonly file: string;
  /** What it is called there; `default`, else `transform`, where nothing is said. */
  readonly exportName: string | undefined;
}

/** What a transform is told of a request, in the words of the public project. */
export interface TransformContext {
  readonly payload: object;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole address. The transform gets it as a `URL`. */
  readonly url: string;
  /** What stands after `/hooks/`. */
  readonly path: string;
}

/** Modules the owner wrote, which say what becomes of a request. */
export interface HookTransforms {
  /**
   * Resolves to what it returned: `undefined`, or JSON. Rejects with an Error that says why, for the log, where it threw, cannot be loaded, lies elsewhere,
   * or is not done in time; a module that is not done in time is stopped, and starts anew when it is asked next.
   */
  run(place: TransformPlace, context: TransformContext, withinMs: number): Promise<unknown>;
  /** What is asked from now on is asked of modules as they are then. What runs may finish. */
  reload(): void;
  /** Ends them all. */
  close(): Promise<void>;
}
