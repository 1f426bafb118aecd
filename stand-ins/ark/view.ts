import type { Order } from './order.ts';
import type { Task } from './tasks.ts';

type Links = (task: Task, name: 'film' | 'lastFrame') => string;

const FPS = 24;

/** A task as the vendor tells of it: what was made is told only once it is made. */
export function taskView(task: Task, link: Links): Record<string, unknown> {
  const { order, error } = task;
  return {
    id: task.id,
    model: order.model,
    status: task.status,
    created_at: seconds(task.createdAt),
    updated_at: seconds(task.updatedAt),
    service_tier: order.tier,
    execution_expires_after: order.expiresAfter,
    generate_audio: order.audio,
    draft: order.draft,
    priority: order.priority,
    ...(error ? { error } : {}),
    ...(task.film ? resultView(task, link) : {}),
  };
}

function resultView(task: Task, link: Links): Record<string, unknown> {
  const { order } = task;
  const tokens = tokensOf(order);
  return {
    content: {
      video_url: link(task, 'film'),
      ...(task.lastFrame ? { last_frame_url: link(task, 'lastFrame') } : {}),
    },
    usage: { completion_tokens: tokens, total_tokens: tokens },
    seed: order.seed,
    resolution: order.resolution,
    ratio: order.ratio,
    duration: Math.floor(order.seconds),
    framespersecond: FPS,
  };
}

/** By the formula that gives every observed bill (ModelArk, 2026-08). */
export function tokensOf({ size, seconds: length }: Order): number {
  return Math.ceil((size.width * size.height * (FPS * length + 1)) / 1024);
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);
