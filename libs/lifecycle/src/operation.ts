import { z } from 'zod';

/** What the platform is doing with a cluster: as it is recorded, and as the API says it. */
export const Operation = z.object({
  type: z.enum(['Create', 'Delete']),
  step: z.string(),
  because: z.string(),
  sinceMs: z.int(),
  done: z.boolean(),
  blockedBy: z.string().nullable(),
  lastError: z.string().nullable(),
});
export type Operation = z.output<typeof Operation>;
