/** Plain twins of assembly/planes/copy.ts. */
export function f32_planes_copy(
  n0: number,
  n1: number,
  n2: number,
  n3: number,
  x: Float32Array,
  x0: number,
  x1: number,
  x2: number,
  x3: number,
  y: Float32Array,
  y0: number,
  y1: number,
  y2: number,
  y3: number,
): void {
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++)
      for (let k = 0; k < n2; k++)
        for (let l = 0; l < n3; l++)
          y[(i * y0 + j * y1 + k * y2 + l * y3) / 4] = x[(i * x0 + j * x1 + k * x2 + l * x3) / 4];
}

export function f32_planes_fill(rows: number, n: number, y: Float32Array, yRow: number, value: number): void {
  for (let r = 0; r < rows; r++) y.fill(value, (r * yRow) / 4, (r * yRow) / 4 + n);
}
