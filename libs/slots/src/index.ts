export { keySlot, SLOT_COUNT } from './key-slot.ts';
export { formatSlots, parseSlots, type SlotRange } from './slot-ranges.ts';
