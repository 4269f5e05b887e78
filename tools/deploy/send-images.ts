import { runCommand } from '../image/run-command.ts';
import type { Destination } from './destination.ts';
import { loadIntoKind, type BuiltImage } from './load-into-kind.ts';

export function sendImages(destination: Destination, images: readonly BuiltImage[]): void {
  switch (destination.by) {
    case 'push':
      for (const { reference } of images) runCommand('docker', ['push', reference]);
      return;
    case 'kind':
      loadIntoKind(destination.cluster, images);
  }
}
