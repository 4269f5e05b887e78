import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';

/** The arguments of the client's current request as texts, its name among them; see `argumentText` for long ones. */
export function textArguments({ request }: Client): string[] {
  return Array.from({ length: request.count }, (_, index) => argumentText(request, index));
}
