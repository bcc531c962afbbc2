/** How the test runner runs our files: in which processes, and in which order. */
import { BaseSequencer, ForksPoolWorker, type PoolRunnerInitializer, type PoolWorker, type TestSpecification, type WorkerRequest } from 'vitest/node';

/** As few as V8 does not lose its pages in, as many as make what each process begins with (reading the house, making it fast) a small part of its work. */
const FILES = 16;

class SomeFiles extends ForksPoolWorker implements PoolWorker {
  override readonly name = 'some-files-each';
  #files = 0;

  override send(message: WorkerRequest): void {
    if (message.type === 'run') this.#files++;
    super.send(message);
  }

  canReuse(): boolean {
    return this.#files < FILES;
  }
}

/** A process for every few files. */
export const someFilesEach: PoolRunnerInitializer = { name: 'some-files-each', createPoolWorker: (options) => new SomeFiles(options) };

/** What takes half a minute and more, and is small. The runner begins with what is large, where it knows no better. */
const LONGEST = ['examples/examples', 'cli/gateway-process', 'cli/config', 'architecture/delete', 'skills/shelf', 'conformance/stores-postgres', 'clients/python-resources', 'accept/crashes', 'accept/wire'];

/** The longest first: begun last, they would be waited for alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
