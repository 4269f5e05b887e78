export { keySlot, SLOT_COUNT } from './key-slot.ts';
export { formatSlots, parseSlots } from './slot-ranges.ts';
