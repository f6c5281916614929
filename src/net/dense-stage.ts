/** A fully connected layer as a stage: panels to panels. */
import { panelsBytes } from "../linalg/panels.js";
import type { Linear } from "./linear.js";
import type { Prepare, Stage, StageTrainer } from "./stage.js";

/** The stage of a layer. */
export class DenseStage implements Stage {
  readonly layer: Linear;

  constructor(layer: Linear) {
    this.layer = layer;
  }

  bytes(batch: number): number {
    return panelsBytes(this.layer.outputs, batch);
  }

  forward(batch: number, x: number, y: number, scratch: number): void {
    this.layer.forwardPanels(batch, x, y, scratch);
  }

  columns(batch: number): number {
    return batch;
  }

  trainer(batch: number, isFirst: boolean, prepare: Prepare): StageTrainer {
    const { layer } = this;
    const { kernels } = layer.core;
    const trainer = prepare(layer, batch, isFirst);
    return {
      dx: trainer.dx,
      forward: (x, y, scratch) => layer.forwardPanels(batch, x, y, scratch),
      backward: (x, y, dy) => {
        if (layer.relu) kernels.f32_relu_gradient(this.bytes(batch) / 4, y, dy);
        trainer.weightsBackward(batch, x, dy, false);
        trainer.biasBackward(batch, dy);
        if (!isFirst) {
          trainer.beginInputs();
          trainer.inputsBackward(batch, dy);
        }
      },
    };
  }
}
