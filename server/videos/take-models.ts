import type { VideoModel } from '../models/models.ts';
import { VendorProblem } from '../models/vendor-problem.ts';

/** What a take that was ordered is asked about. */
export type OrderedFrom = Omit<VideoModel, 'submit'>;

/** The model of this id, whether or not new takes are ordered from it; null where it is not set up here. */
export type FindVideoModel = (id: string) => OrderedFrom | null;

/** The model that films the take: no other knows its task. Throws a `VendorProblem` to wait by where it is not set up. */
export function modelOfTake(find: FindVideoModel, { model }: { readonly model: string }) {
  const found = find(model);
  if (found) return found;
  throw new VendorProblem({
    code: 'take_model_missing',
    message: `A clip of this scene was ordered from ${model}, which is not set up here any more.`,
    action: `Set up ${model} again, with the key that ordered the clip: it is then kept, and not bought twice.`,
    recovery: 'wait',
  });
}
