import { createLogUpdate } from 'log-update';
import { STEP_KINDS, type StepKind } from '../videos/contract.ts';
import { etaSeconds } from '../videos/progress.ts';
import type { RunView, StepView } from '../videos/view.ts';

/** What each kind of step is to the person who waits. */
const LABEL: { readonly [Kind in StepKind]: string } = {
  moderate: 'read the text',
  script: 'write the script',
  voice: 'speak',
  words: 'time the words',
  clip: 'film',
  segment: 'compose',
  soundtrack: 'mix the sound',
  finish: 'join the film',
  check: 'check the film',
  store: 'make pictures',
};

const BAR_CELLS = 28;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export type ProgressDisplay = {
  /** Something to show before the run is known. */
  say(text: string): void;
  show(view: RunView): void;
  /** Leaves the last state on the screen and gives the terminal back. */
  end(): void;
};

/** A live display on a terminal, plain lines elsewhere; always on stderr, since stdout is for results. */
export function openProgress(stream: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  return stream.isTTY ? liveProgress(stream) : plainProgress(stream);
}

function liveProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  const draw = createLogUpdate(stream);
  const pace = makePace();
  let text = 'starting';
  let view: RunView | null = null;
  let turn = 0;
  const paint = () => {
    turn += 1;
    const spinner = SPINNER[turn % SPINNER.length] ?? '';
    draw(view ? liveText(view, pace, spinner) : `${spinner} ${text}`);
  };
  paint();
  const timer = setInterval(paint, 100);
  return {
    say(next) {
      text = next;
      paint();
    },
    show(next) {
      view = next;
    },
    end() {
      clearInterval(timer);
      paint();
      draw.done();
    },
  };
}

function liveText(view: RunView, pace: Pace, spinner: string): string {
  const { progress } = view;
  const full = Math.round(progress * BAR_CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
  const head = `${bar} ${String(Math.floor(progress * 100)).padStart(3)} %  ${pace(progress)}`;
  const lines = STEP_KINDS.flatMap((kind) => {
    const steps = view.steps.filter((step) => step.kind === kind);
    return steps.length === 0 ? [] : [stageLine(kind, steps, spinner)];
  });
  const waits =
    view.waits === null ? [] : [`  … ${view.waits} It goes on by itself; Ctrl-C leaves it.`];
  return [view.title, head, ...lines, ...waits].join('\n');
}

function stageLine(kind: StepKind, steps: readonly StepView[], spinner: string): string {
  const done = steps.filter((step) => step.status === 'succeeded').length;
  const busy = steps.some((step) => step.status === 'running' || step.status === 'waiting');
  const failed = steps.some((step) => step.status === 'failed');
  const mark = failed ? '✗' : done === steps.length ? '✓' : busy ? spinner : '·';
  const count = steps.length > 1 ? `  ${done}/${steps.length}` : '';
  const kept = steps.filter((step) => step.cached).length;
  const note = kept === 0 ? '' : kept === steps.length ? '  (kept)' : `  (${kept} kept)`;
  return `  ${mark} ${LABEL[kind]}${count}${note}`;
}

function plainProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  const pace = makePace();
  const said = new Set<string>();
  const line = (text: string) => stream.write(`${text}\n`);
  return {
    say: line,
    show(view) {
      if (view.waits !== null && !said.has(view.waits)) {
        said.add(view.waits);
        line(`waiting: ${view.waits} It goes on by itself; Ctrl-C leaves it.`);
      }
      for (const step of view.steps) {
        const key = `${step.kind} ${step.scene}`;
        if (step.status !== 'succeeded' || said.has(key)) continue;
        said.add(key);
        const scene = step.scene === null ? '' : ` scene ${step.scene}`;
        const kept = step.cached ? ' (kept)' : '';
        const percent = String(Math.floor(view.progress * 100)).padStart(3);
        line(`${percent} %  ${LABEL[step.kind]}${scene}${kept}  ${pace(view.progress)}`.trimEnd());
      }
    },
    end() {},
  };
}

type Pace = (progress: number) => string;

/** Says how long the rest will take, by this process's own pace. */
function makePace(): Pace {
  const startedMs = performance.now();
  let from: number | null = null;
  return (progress) => {
    from ??= progress;
    const eta = etaSeconds(progress, (performance.now() - startedMs) / 1000, from);
    return eta === null || eta < 1 ? '' : `about ${duration(eta)} left`;
  };
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
