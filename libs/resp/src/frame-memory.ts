/**
 * Where the memory of frames comes from that do not fit into what one read brings. Memory of megabytes that is new for
 * every frame keeps the garbage collector busy; an owner of many framers can use it again.
 */
export interface FrameMemory {
  /** At least so many bytes, whatever is in them. */
  take(bytesMin: number): Uint8Array;
  /** Nobody reads or writes it any more. */
  give(memory: Uint8Array): void;
}

export const newMemory: FrameMemory = {
  take: (bytesMin) => new Uint8Array(bytesMin),
  give: () => undefined,
};
