/**
 * What a pod may do: as little as `pod-security.kubernetes.io/enforce: restricted` asks for, and a root file system
 * that cannot be written.
 */
import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';
import type { Plain } from './plain.ts';

/** `user` owns what is mounted, too: a number, for the kubelet cannot tell whether a name is root's. */
export function restrictedPod(user: number): Plain<V1PodSecurityContext> {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    // Else the kubelet walks over every file of a volume at each start.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

export const restrictedContainer: Plain<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
