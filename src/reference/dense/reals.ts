/** The array of a twin that serves the f32 and the f64 kernel. */
export type Reals = Float32Array | Float64Array;
