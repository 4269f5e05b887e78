import { keySlot } from '@keyfleet/slots';

/** Numbers that as hash tags give keys of slots like these. */
export function tagsIn(isWanted: (slot: number) => boolean, count: number): string[] {
  const tags: string[] = [];
  for (let i = 0; tags.length < count; i++)
    if (isWanted(slotOfTag(String(i)))) tags.push(String(i));
  return tags;
}

export function slotOfTag(tag: string): number {
  const bytes = Buffer.from(tag);
  return keySlot(bytes, 0, bytes.length);
}
