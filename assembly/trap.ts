/** Where a failed assertion ends in the `checked` build: an `unreachable` trap, with no import. */
export function trap(message: usize, file: usize, line: u32, column: u32): void {
  unreachable();
}
