import type { WorkflowParts } from './create-workflow.ts';
import { planDelete, type DeleteStep, type DeleteView } from './plan-delete.ts';

export type DeleteWorkflow = {
  observe(signal: AbortSignal): Promise<DeleteView>;
  plan(view: DeleteView): DeleteStep;
  act(step: DeleteStep, signal: AbortSignal): Promise<void>;
};

export type DeleteParts = WorkflowParts & { nowMs: () => number; deadlineMs: number };

/** The delete planner with its two ports. What `finish` means is the platform's own: it has a manifest to let go. */
export function deleteWorkflow(parts: DeleteParts): DeleteWorkflow {
  const { platform, controlPlane, nowMs, deadlineMs } = parts;
  return {
    observe: async (signal) => {
      const control = await controlPlane.observe(signal);
      const spec = parts.spec();
      const seen = await platform.observe(spec, signal);
      return { spec, control, ...seen, nowMs: nowMs(), deadlineMs };
    },
    plan: planDelete,
    act: async (step, signal) => {
      switch (step.do) {
        case 'retireCluster':
          return controlPlane.retireCluster(signal);
        case 'stopProxies':
          return platform.stopProxies();
        case 'stopServers':
          return platform.stopServers(step.nodes);
        case 'deleteVolumes':
          return platform.deleteVolumes(step.nodes);
        case 'forgetCluster':
          return controlPlane.forgetCluster(signal);
        case 'wait':
        case 'finish':
          return;
      }
    },
  };
}
