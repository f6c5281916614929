/** The result of one job as a file: what a search that was cut short goes on from. */
import { checkArray, checkNumbers, checkObject, plainText } from "../check.js";
import { FormatError } from "../errors.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import type { Tensor } from "../io/tensor.js";
import type { Evaluation, JobResult } from "./contract.js";

const FORMAT = "golden-ticket job result";
const VERSION = "1";
const LISTS = { nextMasks: "U32", rewound: "F32", trained: "F32" } as const;

/**
 * Writes a result.
 *
 * @param result  of a job
 * @returns a safetensors file; equal results give equal bytes
 * @throws {ArgumentTypeError} when a member is of the wrong kind
 */
export function encodeResult(result: JobResult): Uint8Array {
  checkObject("result", result);
  const tensors = new Map<string, Tensor>();
  for (const [list, dtype] of Object.entries(LISTS)) {
    for (const [i, data] of checkArray(`result.${list}`, result[list as keyof typeof LISTS]).entries()) {
      checkNumbers(`result.${list}[${i}]`, data);
      tensors.set(`${list}.${i}`, { dtype, shape: [data.length], data } as Tensor);
    }
  }
  const evaluation = plainText("result.evaluation", result.evaluation);
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    id: result.id,
    evaluation,
  });
}

/**
 * Reads a result.
 *
 * @param bytes  as `encodeResult` gave them
 * @throws {FormatError} when it is another file
 */
export function decodeResult(bytes: Uint8Array): JobResult {
  const { metadata, tensors } = readSafetensors(bytes);
  const { format, version, id, evaluation } = metadata;
  if (format !== FORMAT || version !== VERSION || id === undefined || evaluation === undefined) {
    const found = format === undefined ? "another file" : `${format}, version ${version}`;
    throw new FormatError(`checkpoint expected a ${FORMAT}, version ${VERSION}, found ${found}`);
  }
  const list = <T>(name: keyof typeof LISTS): T[] => {
    const found: T[] = [];
    for (let i = 0; ; i++) {
      const tensor = tensors.get(`${name}.${i}`);
      if (!tensor) return found;
      if (tensor.dtype !== LISTS[name]) {
        throw new FormatError(`checkpoint expected ${LISTS[name]} for ${name}.${i}, found ${tensor.dtype}`);
      }
      found.push(tensor.data as T);
    }
  };
  return {
    id,
    evaluation: evaluationOf(evaluation),
    nextMasks: list("nextMasks"),
    rewound: list("rewound"),
    trained: list("trained"),
  };
}

/** JSON has no NaN: a loss that diverged comes back as null. */
function evaluationOf(text: string): Evaluation {
  const evaluation: Evaluation = JSON.parse(text);
  const history = evaluation.history.map((look) => ({ ...look, validationLoss: look.validationLoss ?? NaN }));
  return { ...evaluation, history };
}
