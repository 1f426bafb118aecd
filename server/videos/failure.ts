import { VendorProblem } from '../models/vendor-problem.ts';
import type { Problem } from '../platform/problem.ts';
import type { Failure } from './contract.ts';
import type { FilmState } from './film-state.ts';
import type { StepRow } from './schema.ts';

/** A problem of a step as it is stored and shown: where it happened and what to do. */
export function describeFailure(
  film: FilmState,
  step: Pick<StepRow, 'kind' | 'sceneId'>,
  problem: Problem,
): Failure {
  const scene = film.scenes.find(({ id }) => id === step.sceneId);
  return {
    code: problem.code,
    message: problem.message,
    action: problem.action ?? null,
    retryable: problem.retryable,
    stage: step.kind,
    sceneNumber: scene ? scene.position + 1 : null,
    sceneId: scene?.id ?? null,
    vendorCode: problem instanceof VendorProblem ? problem.vendorCode : null,
  };
}
