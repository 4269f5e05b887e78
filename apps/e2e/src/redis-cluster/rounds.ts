/** KEYFLEET_E2E_ROUNDS above 1 is the long form of the tests over a Redis Cluster. */
export const ROUNDS = Number(process.env['KEYFLEET_E2E_ROUNDS'] ?? 1);
