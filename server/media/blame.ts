import { asProblem } from '../platform/problem.ts';
import { mediaFailed } from './errors.ts';
import type { MediaCall, MediaInfo, MediaInput } from './media.ts';

/**
 * Runs an engine's work and says whose fault its failure is: that of an input which does not even
 * probe (`media_rejected`), otherwise the engine's (`media_failed`). A limit, an abort and a crash keep
 * their own Problem.
 */
export async function blaming<T>(
  inputs: readonly MediaInput[],
  probe: (file: string, call: MediaCall) => Promise<MediaInfo>,
  call: MediaCall,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code !== 'internal' && problem.code !== 'media_failed') throw problem;
    for (const input of inputs) if (input.kind === 'media') await probe(input.file, call);
    throw problem.code === 'media_failed'
      ? problem
      : mediaFailed('could not do its work', problem.cause ?? problem);
  }
}
