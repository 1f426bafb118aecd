import type { RunView } from '../videos/view.ts';
import type { DeliveredFiles } from './deliver-film.ts';

/** The one object that `--json` prints. `seconds` is how long the command took; `cpu_ms` counts child processes. */
export function runReport(view: RunView, files: DeliveredFiles | null, seconds: number) {
  return {
    video_id: view.videoId,
    title: view.title,
    status: view.status,
    files,
    check: view.render?.report ?? null,
    steps: view.steps.map((step) => ({
      kind: step.kind,
      scene: step.scene,
      status: step.status,
      cached: step.cached,
      cpu_ms: Math.round(step.cpuMs),
    })),
    seconds: Math.round(seconds * 1000) / 1000,
    ...(view.notice === null ? {} : { notice: view.notice }),
    ...(view.error === null
      ? {}
      : {
          error: {
            code: view.error.code,
            message: view.error.message,
            action: view.error.action,
            stage: view.error.stage,
            scene: view.error.sceneNumber,
            retryable: view.error.retryable,
          },
        }),
  };
}
