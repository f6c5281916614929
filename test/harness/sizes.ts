/** The sizes at which a loop with steps of `tile` can go wrong. */
export function edges(tile: number): number[] {
  return [...new Set([0, 1, tile - 1, tile, tile + 1, 2 * tile + 1])];
}
