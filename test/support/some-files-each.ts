import { ForksPoolWorker, type PoolRunnerInitializer, type PoolWorker, type WorkerRequest } from 'vitest/node';

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
