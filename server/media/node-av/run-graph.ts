import { setImmediate } from 'node:timers/promises';
import { AVERROR_EOF } from 'node-av/constants';
import { type FilterContext, FilterGraph, Frame } from 'node-av/lib';
import { streamsRead } from '../graph.ts';
import { handed, succeed } from './av.ts';
import { type OpenInput, Source } from './source.ts';

/** Takes the frames that come out of one label of a graph. */
export type Receiver = {
  readonly label: string;
  readonly kind: 'v' | 'a';
  /** Called once, when the graph is set up. */
  begin(sink: FilterContext): void;
  /** False: no more wanted. */
  take(frame: Frame): boolean;
  end(): void;
};

type Feed = { readonly source: Source; readonly buffer: FilterContext; open: boolean };
/** `full`: the receiver has enough, but what still comes must be taken out of the graph. */
type Drain = {
  readonly receiver: Receiver;
  readonly sink: FilterContext;
  state: 'open' | 'full' | 'ended';
};

/** The loop yields this often, so that the death of the parent is noticed. */
const YIELD_EVERY_FRAMES = 8;

/**
 * Decodes the inputs that `graph` names (`[0:v]`, `[1:a]`), runs them through it and hands each frame
 * under the receivers' labels on. One frame is fed at a time, from the input that is furthest behind,
 * and only when nothing more comes out: what waits in the graph stays bounded by what its filters hold.
 */
export async function runGraph(
  graph: string,
  inputs: readonly OpenInput[],
  receivers: readonly Receiver[],
  onSetUp: () => void = () => {},
): Promise<void> {
  const read = streamsRead(graph);
  const sources: Source[] = [];
  const filters = new FilterGraph();
  filters.alloc();
  try {
    for (const { input, kind } of read) {
      const file = inputs[input];
      if (!file) throw new Error(`the graph reads input ${input}, which is not given`);
      sources.push(await Source.open(file, kind));
    }
    const begin = read.map(({ input, kind }, i) => {
      const label = `[${input}:${kind}]`;
      return `${sources[i]?.chain(`in${i}`)}${label}`;
    });
    const end = receivers.map(
      ({ label, kind }, i) => `[${label}]${kind === 'v' ? '' : 'a'}buffersink@out${i}`,
    );
    succeed(filters.parsePtr([...begin, graph, ...end].join(';')), 'read the graph');
    succeed(filters.configSync(), 'set up the graph');
    const feeds = sources.map((source, i) => ({
      source,
      buffer: named(filters, `${source.kind === 'v' ? '' : 'a'}buffer@in${i}`),
      open: true,
    }));
    const drains = receivers.map((receiver, i) => ({
      receiver,
      sink: named(filters, `${receiver.kind === 'v' ? '' : 'a'}buffersink@out${i}`),
      state: 'open' as const,
    }));
    for (const { receiver, sink } of drains) receiver.begin(sink);
    onSetUp();
    await pump(feeds, drains);
  } finally {
    filters.free();
    for (const source of sources) source.close();
  }
}

function named(filters: FilterGraph, name: string): FilterContext {
  const found = filters.getFilter(name);
  if (!found) throw new Error(`the graph has no ${name}`);
  return found;
}

async function pump(feeds: readonly Feed[], drains: readonly Drain[]): Promise<void> {
  const frame = new Frame();
  frame.alloc();
  for (let passed = 0; drains.some(({ state }) => state === 'open'); passed += 1) {
    const taken = drains.filter((drain) => drainOne(drain, frame)).length;
    const waiting = drains.some(({ state }) => state === 'open');
    if (taken === 0 && waiting) feedFurthestBehind(feeds);
    if (passed % YIELD_EVERY_FRAMES === 0) await setImmediate();
  }
  frame.free();
}

/** True when the drain had a frame. */
function drainOne(drain: Drain, frame: Frame): boolean {
  if (drain.state === 'ended') return false;
  const said = handed(drain.sink.buffersinkGetFrameSync(frame), 'filter');
  if (said === 'later') return false;
  const enough = said === 'end' || (drain.state === 'open' && !drain.receiver.take(frame));
  if (enough && drain.state === 'open') drain.receiver.end();
  if (enough) drain.state = said === 'end' ? 'ended' : 'full';
  frame.unref();
  return said === 'one';
}

function feedFurthestBehind(feeds: readonly Feed[]): void {
  const open = feeds.filter((feed) => feed.open);
  const [first, ...rest] = open;
  if (!first) throw new Error('the graph waits for frames that no input gives');
  const behind = rest.reduce(
    (least, feed) => (feed.source.seconds < least.source.seconds ? feed : least),
    first,
  );
  const frame = behind.source.take();
  const fed = behind.buffer.buffersrcAddFrameSync(frame);
  // Nobody behind it wants more, such as a `trim` that has reached its end.
  const unwanted = fed === AVERROR_EOF;
  if (frame === null || unwanted) behind.open = false;
  if (!unwanted) succeed(fed, 'feed the graph');
}
