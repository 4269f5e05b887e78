/** The two workflows of libs/lifecycle as one: observe → plan → act for a cluster that is wanted, or not any more. */
import {
  createWorkflow,
  deleteWorkflow,
  type ControlPlane,
  type CreateStep,
  type CreateView,
  type DeleteStep,
  type DeleteView,
  type ClusterSpec,
  type Platform,
} from '@keyfleet/lifecycle';

export type WorkflowTask = {
  readonly platform: Platform;
  readonly controlPlane: ControlPlane;
  readonly spec: ClusterSpec;
  /** Null: the cluster is wanted. */
  readonly deadlineMs: number | null;
  readonly nowMs: () => number;
};

export type Taken = {
  readonly view: CreateView | DeleteView;
  readonly step: CreateStep | DeleteStep;
  /** Undefined: the step was done. */
  readonly failure?: Error;
};

/** Takes one step. Rejects when nothing could be observed. */
export async function takeStep(task: WorkflowTask, signal: AbortSignal): Promise<Taken> {
  const { platform, controlPlane, nowMs, deadlineMs } = task;
  const parts = { platform, controlPlane, spec: () => task.spec };
  if (deadlineMs === null) {
    const workflow = createWorkflow(parts);
    const view = await workflow.observe(signal);
    const step = workflow.plan(view);
    return { view, step, ...(await outcomeOf(workflow.act(step, view, signal))) };
  }
  const workflow = deleteWorkflow({ ...parts, nowMs, deadlineMs });
  const view = await workflow.observe(signal);
  const step = workflow.plan(view);
  return { view, step, ...(await outcomeOf(workflow.act(step, signal))) };
}

/** What failed is told in the status, together with what was seen. */
async function outcomeOf(effect: Promise<void>): Promise<Pick<Taken, 'failure'>> {
  try {
    await effect;
    return {};
  } catch (error) {
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  }
}
