/**
 * Where the values of a plan lie: which share memory, how long each is needed, at which byte of the arena.
 *
 * A slot is a stretch of memory that one value or several live in: a Reshape is its input under another shape, the
 * inputs of a Concat along channels lie one behind another in its output, the outputs of a Split in its input.
 */
import { sizeOf, type TensorType } from "../ops/ir.js";

/** Planes are that many bytes apart, times an odd number: see `strideOf`. */
const LINE_BYTES = 64;
/** Smaller planes lie one behind another: rounding them up would cost more than it saves. */
const SMALLEST_PLANE = 16;

/** Memory that values share. */
export interface Slot {
  /** Bytes from one channel to the next when planes are apart; undefined while they are contiguous. */
  stride?: number;
  /** Whether every node that reads or writes it takes planes that are apart. */
  isStrided: boolean;
  /** The largest type that lives in it. */
  type: TensorType;
  /** Steps during which it must hold its values. */
  first: number;
  last: number;
  /** Its offset in the arena. */
  offset: number;
}

/** A value of f32 in a slot. */
export interface Stored {
  readonly type: TensorType;
  slot: Slot;
  /** Channels of the slot before its first. */
  channel: number;
  /** Elements of the slot before its first, where those are no whole channels; then planes are contiguous. */
  element: number;
}

/** Channels, positions and images of a shape. */
export function extentsOf(shape: readonly number[]): { images: number; channels: number; positions: number } {
  if (shape.length < 3) return { images: 1, channels: 1, positions: sizeOf(shape) };
  return { images: shape[0], channels: shape[1], positions: sizeOf(shape.slice(2)) };
}

/**
 * Bytes from one plane to the next. A power of two would throw all planes into the same cache sets (a pruned hand
 * tracker took 12 % longer), so they are an odd number of cache lines apart.
 */
function strideOf(positions: number): number {
  if (positions < SMALLEST_PLANE) return 4 * positions;
  const lines = Math.ceil((4 * positions) / LINE_BYTES);
  return (lines | 1) * LINE_BYTES;
}

/** Fixes the stride of a slot and gives its bytes. */
export function bytesOf(slot: Slot): number {
  const { images, channels, positions } = extentsOf(slot.type.shape);
  slot.stride = slot.isStrided && slot.type.shape.length >= 3 ? strideOf(positions) : 4 * positions;
  return images * channels * slot.stride;
}

/**
 * Offsets of slots in one arena, the largest first, each at the lowest place that is free while it is needed.
 *
 * Source: "greedy by size", Pisarchyk and Lee, Efficient memory management for deep neural net inference (2020), §4.
 *
 * @returns the size of the arena in bytes
 */
export function arrange(slots: readonly Slot[]): number {
  const sizes = new Map(slots.map((slot) => [slot, align(bytesOf(slot))]));
  const bySize = [...slots].sort((a, b) => (sizes.get(b) as number) - (sizes.get(a) as number));
  const placed: Slot[] = [];
  let top = 0;
  for (const slot of bySize) {
    const size = sizes.get(slot) as number;
    const busy = placed
      .filter((other) => other.first <= slot.last && slot.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of busy) {
      if (other.offset - offset >= size) break;
      offset = Math.max(offset, other.offset + (sizes.get(other) as number));
    }
    slot.offset = offset;
    placed.push(slot);
    top = Math.max(top, offset + size);
  }
  return top;
}

const align = (bytes: number): number => Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
