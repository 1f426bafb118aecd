import { v7 } from 'uuid';

/** The type prefixes of every id (see docs/architecture.md). */
type IdPrefix =
  | 'acc'
  | 'vid'
  | 'rev'
  | 'scn'
  | 'tak'
  | 'nar'
  | 'seg'
  | 'run'
  | 'stp'
  | 'ren'
  | 'trn'
  | 'pur'
  | 'upl'
  | 'key'
  | 'ses'
  | 'evt'
  | 'whk'
  | 'dlv'
  | 'eml'
  | 'mod'
  | 'exp'
  | 'imp'
  | 'job'
  | 'tsk';

export type Id<P extends IdPrefix> = `${P}_${string}`;
export type AccountId = Id<'acc'>;
export type VideoId = Id<'vid'>;
export type RevisionId = Id<'rev'>;
export type SceneId = Id<'scn'>;
export type TakeId = Id<'tak'>;
export type RunId = Id<'run'>;
export type StepId = Id<'stp'>;
export type RenderId = Id<'ren'>;
export type PurchaseId = Id<'pur'>;
export type UploadId = Id<'upl'>;

/** A new id such as `vid_019aa1…`: the prefix over a UUIDv7 in hex, so ids sort by the time they were made. */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return `${prefix}_${v7().replaceAll('-', '')}`;
}

/** True when `text` has the form of an id with that prefix. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is Id<P> {
  return text.startsWith(`${prefix}_`) && /^[0-9a-f]{32}$/.test(text.slice(prefix.length + 1));
}
