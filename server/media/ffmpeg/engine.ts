import { constants } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Executed, runExecutable } from '../../platform/child/run-executable.ts';
import { acceptFile, DEMUXER, MEDIA_MEMORY_MIB, MEDIA_TIMEOUT_MS } from '../accept.ts';
import { blaming } from '../blame.ts';
import { deliver, joinDelivery, transcodeDeliveries } from '../deliver.ts';
import { engineUnusable, mediaFailed, mediaRejected } from '../errors.ts';
import { measuringGraph } from '../graph.ts';
import { filmGrid, gridFps } from '../join.ts';
import type { MediaCall, MediaEngine, MediaInfo, MediaInput } from '../media.ts';
import { inPrivateFolder } from '../private-folder.ts';
import {
  type CheckedInput,
  concatList,
  guardedInput,
  joinArgs,
  measureArgs,
  transcodeArgs,
} from './args.ts';
import { mediaInfo, probed } from './probe.ts';

export type FfmpegEngineDeps = {
  /** Absolute path of an ffmpeg 5.1 or newer; its ffprobe lies beside it. */
  readonly path: string;
  /** Folder for the private folders of the calls. */
  readonly workDir: string;
};

/** The media engine on a system ffmpeg; rejects with `ffmpeg_unusable` when that cannot serve. */
export async function makeFfmpegEngine({ path, workDir }: FfmpegEngineDeps): Promise<MediaEngine> {
  const version = await readVersion(path);
  // A build from a development tree names no number; it is new.
  const major = Number(/^ffmpeg\/n?(\d+)\./.exec(version)?.[1] ?? 99);
  const statesRange = major >= 7;
  const ffprobe = join(dirname(path), 'ffprobe');

  async function run(file: string, args: readonly string[], cwd: string, call: MediaCall) {
    const timeoutMs = call.timeoutMs ?? MEDIA_TIMEOUT_MS;
    const limits = { signal: call.signal, timeoutMs, memoryMiB: MEDIA_MEMORY_MIB };
    const done = await runExecutable({ file, args, cwd, maxStdoutBytes: 8 * 1024 * 1024 }, limits);
    call.spent?.(done.cost.cpuMs);
    return done;
  }

  async function probe(file: string, call: MediaCall): Promise<MediaInfo> {
    const accepted = await acceptFile(file);
    const look = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams'];
    const args = [...look, ...guardedInput(file, DEMUXER[accepted.container])];
    const { code, stdout, stderr } = await inPrivateFolder(workDir, (cwd) =>
      run(ffprobe, args, cwd, call),
    );
    const parsed = probed.safeParse(code === 0 ? parseJson(stdout) : null);
    if (!parsed.success) throw mediaRejected('cannot be decoded', new Error(stderr));
    return mediaInfo(parsed.data, accepted);
  }

  const privately = <T>(
    inputs: readonly MediaInput[],
    call: MediaCall,
    work: (cwd: string) => Promise<T>,
  ) => blaming(inputs, probe, call, () => inPrivateFolder(workDir, work));

  return {
    name: 'ffmpeg',
    version,
    probe,

    async transcode(task, call) {
      const inputs = await checkInputs(task.inputs);
      return deliver(transcodeDeliveries(task), (files) =>
        privately(task.inputs, call, async (cwd) => {
          const done = await run(path, transcodeArgs(task, inputs, files, statesRange), cwd, call);
          return insist(done).cost;
        }),
      );
    },

    async measure(task, call) {
      const inputs = await checkInputs(task.inputs);
      const measuring = measuringGraph(task.graph);
      return privately(task.inputs, call, async (cwd) => {
        insist(await run(path, measureArgs(measuring, inputs), cwd, call));
        const printed = measuring.prints.map((name) => readFile(join(cwd, name), 'utf8'));
        return (await Promise.all(printed)).join('\n');
      });
    },

    async join(task, call) {
      const grid = await filmGrid(task);
      return deliver([joinDelivery(task, gridFps(grid))], (files) =>
        privately([], call, async (cwd) => {
          const list = join(cwd, 'segments.ffconcat');
          await writeFile(list, concatList(task.segments));
          const args = joinArgs(task, { list, file: files[0] ?? '', grid });
          return insist(await run(path, args, cwd, call)).cost;
        }),
      );
    },
  };
}

/** `ffmpeg/<version>` of an executable; about 20 ms of CPU. */
async function readVersion(path: string): Promise<string> {
  for (const file of [path, join(dirname(path), 'ffprobe')])
    await access(file, constants.X_OK).catch((error: unknown) => {
      const why = file === path ? 'cannot be executed' : 'has no ffprobe beside it';
      throw engineUnusable(path, why, error);
    });
  const limits = { signal: AbortSignal.timeout(10_000), timeoutMs: 10_000, memoryMiB: 512 };
  const said = await runExecutable({ file: path, args: ['-version'], cwd: dirname(path) }, limits);
  const version = /^ffmpeg version (\S+)/.exec(said.stdout)?.[1];
  if (said.code !== 0 || version === undefined)
    throw engineUnusable(path, 'does not run as an ffmpeg', new Error(said.stderr));
  if (!said.stdout.includes('--enable-libx264')) throw engineUnusable(path, 'lacks libx264');
  return `ffmpeg/${version}`;
}

async function checkInputs(inputs: readonly MediaInput[]): Promise<readonly CheckedInput[]> {
  const check = async (input: MediaInput) => ({
    input,
    accepted: input.kind === 'media' ? await acceptFile(input.file) : null,
  });
  return Promise.all(inputs.map(check));
}

function insist(done: Executed): Executed {
  if (done.code !== 0)
    throw mediaFailed(`stopped with status ${done.code}`, new Error(done.stderr));
  return done;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
