import type { Registry } from 'prom-client';
import type { Lobby } from '../lobby/lobby.ts';
import { addCounter, addGauge } from './metric.ts';

/** Of connections to listeners that ask who comes. */
export function addLobbyMetrics(registry: Registry, lobby: Lobby): void {
  addGauge(registry, 'guests', {
    help: 'Open connections that have not said who they are.',
    read: () => lobby.size,
  });
  addCounter(registry, 'guests_refused', {
    help: 'Connections refused because too many had not said who they are.',
    read: () => lobby.refusedCount,
  });
  addCounter(registry, 'guests_dismissed', {
    help: 'Connections closed because they did not say in time who they are.',
    read: () => lobby.dismissedCount,
  });
  addCounter(registry, 'wrong_passwords', {
    help: 'Wrong user names and passwords of connections that had said none that was right.',
    read: () => lobby.wrongPasswords,
  });
}
