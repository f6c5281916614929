/**
 * Subset sum by branch and bound: elements by descending magnitude; a branch ends where what is left cannot bring its
 * sum close enough.
 *
 *   n              any; 0 elements count for nothing and are left out
 *   values         n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance      ≥ 0, may be Infinity: how far the sum may be from the target
 *   objective      0 nearest: least |target − sum|; 1 any; 2 fewest elements, and least |target − sum| of those
 *   limit          the most elements a subset may have
 *   bits           ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch        at least 136 + 42·n bytes, 8-byte aligned
 *   node_budget    the most nodes of the tree
 *
 * Returns 0 found, 1 impossible, 2 gave up: over the budget, whatever had been found. The sum of a subset is what its
 * values add up to in f64 in ascending order of index. Impossible is proven, and no residual is less: what rounding
 * cannot tell from the best so far, 4·(n + 4)·2⁻⁵²·Σ|a|, is gone down to its leaves.
 * The bound: the c elements that may still be taken move the sum by no more than the c greatest positive ones and no
 * less than the c least negative ones that are left. The branch that goes towards the target is gone down first. The
 * fewest are found by raising the limit from 0.
 * values and node_budget are no NaN; bits is 4-byte aligned. Cost: exponential in n at worst.
 */
import {
  ANY, at, FEWEST, flip_bit, FOUND, GAVE_UP, IMPOSSIBLE, NEAREST, order_by_magnitude, residual_of, slack_of, word_at,
} from "./sums";

/** What a node's branch is, as a byte: whether it takes its element, and whether the other one has been gone down. */
const TAKEN: u8 = 1;
const LAST: u8 = 2;

@unmanaged
class Tree {
  n: u32;
  /** Elements that are not 0. */
  depth: u32;
  values: usize;
  target: f64;
  tolerance: f64;
  slack: f64;
  budget: f64;
  /** The elements by descending magnitude: their values and indices. */
  sorted: usize;
  order: usize;
  /** Sums of the first k positive and of the first k negative elements in that order. */
  positive: usize;
  negative: usize;
  /** How many of the first k elements are positive. */
  positives: usize;
  /** The sum at each depth of the branch, and what the branch is. */
  sums: usize;
  branch: usize;
  /** The subset at hand and the best so far. */
  bits: usize;
  bestBits: usize;
}

export function f64_subset_sum_branch_and_bound(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  assert(limit <= n && objective <= FEWEST);
  assert((scratch & 7) == 0);
  assert(scratch_bytes >= 136 + 42 * n);
  const tree = changetype<Tree>(scratch);
  tree.n = n;
  tree.values = values;
  tree.target = target;
  tree.tolerance = tolerance;
  tree.slack = 2 * slack_of(n, values, target);
  tree.budget = node_budget;
  tree.sorted = scratch + 96;
  tree.positive = at(tree.sorted, n);
  tree.negative = at(tree.positive, n + 1);
  tree.sums = at(tree.negative, n + 1);
  tree.order = at(tree.sums, n + 1);
  tree.positives = word_at(tree.order, n);
  tree.bits = word_at(tree.positives, n + 1);
  tree.bestBits = word_at(tree.bits, (n + 31) >> 5);
  tree.branch = word_at(tree.bestBits, (n + 31) >> 5);
  sort(tree);
  let answer = IMPOSSIBLE;
  if (objective == FEWEST) {
    const end = min(limit, tree.depth);
    for (let most: u32 = 0; most <= end && answer == IMPOSSIBLE; most++) answer = search(tree, NEAREST, most);
  } else answer = search(tree, objective, limit);
  if (answer == FOUND) memory.copy(bits, tree.bestBits, (<usize>(n + 31) >> 5) << 2);
  return answer;
}

/** The elements in their order, and the sums that the bounds are made of. */
function sort(tree: Tree): void {
  order_by_magnitude(tree.n, tree.values, tree.order);
  store<f64>(tree.positive, 0);
  store<f64>(tree.negative, 0);
  let positives: u32 = 0, k: u32 = 0;
  for (; k < tree.n; k++) {
    const value = load<f64>(at(tree.values, load<u32>(word_at(tree.order, k))));
    if (value == 0) break;
    store<f64>(at(tree.sorted, k), value);
    store<u32>(word_at(tree.positives, k), positives);
    const same = value > 0 ? at(tree.positive, positives) : at(tree.negative, k - positives);
    store<f64>(same, load<f64>(same) + value, 8);
    if (value > 0) positives++;
  }
  tree.depth = k;
  store<u32>(word_at(tree.positives, k), positives);
}

/** The subset of at most `limit` elements that is nearest to the target, or any; within the tolerance. */
function search(tree: Tree, objective: u32, limit: u32): u32 {
  let found = false, cut = tree.tolerance + tree.slack, best = tree.tolerance;
  let depth: u32 = 0, count: u32 = 0;
  store<f64>(tree.sums, 0);
  while (true) {
    if (tree.budget < 1) return GAVE_UP;
    tree.budget--;
    const need = tree.target - load<f64>(at(tree.sums, depth));
    let goesOn = missed_by(tree, depth, limit - count, need) <= cut;
    if (goesOn && (depth == tree.depth || count == limit)) {
      goesOn = false;
      collect(tree, depth);
      const residual = residual_of(tree.n, tree.values, tree.target, tree.bits);
      if (residual < best || (residual == best && !found)) {
        found = true;
        best = residual;
        cut = residual + tree.slack;
        memory.copy(tree.bestBits, tree.bits, (<usize>(tree.n + 31) >> 5) << 2);
        if (objective == ANY || residual == 0) return FOUND;
      }
    }
    let branch: u8 = 0;
    if (goesOn) branch = (need > 0) == (load<f64>(at(tree.sorted, depth)) > 0) ? TAKEN : 0;
    else {
      do {
        if (depth == 0) return found ? FOUND : IMPOSSIBLE;
        depth--;
        branch = load<u8>(tree.branch + depth);
        count -= branch & TAKEN;
      } while (branch & LAST);
      branch = (branch ^ TAKEN) | LAST;
    }
    store<u8>(tree.branch + depth, branch);
    const sum = load<f64>(at(tree.sums, depth));
    store<f64>(at(tree.sums, depth + 1), branch & TAKEN ? sum + load<f64>(at(tree.sorted, depth)) : sum);
    count += branch & TAKEN;
    depth++;
  }
}

/** How far `need` is from what at most `most` of the elements from `depth` on can add up to, at least. */
function missed_by(tree: Tree, depth: u32, most: u32, need: f64): f64 {
  const all = load<u32>(word_at(tree.positives, tree.depth)), from = load<u32>(word_at(tree.positives, depth));
  const high = spread(tree.positive, from, min(from + most, all));
  const low = spread(tree.negative, depth - from, min(depth - from + most, tree.depth - all));
  return max<f64>(max<f64>(need - high, low - need), 0);
}

function spread(sums: usize, from: u32, to: u32): f64 {
  return load<f64>(at(sums, to)) - load<f64>(at(sums, from));
}

/** bits := the elements taken by the branches above `depth`. */
function collect(tree: Tree, depth: u32): void {
  memory.fill(tree.bits, 0, (<usize>(tree.n + 31) >> 5) << 2);
  for (let k: u32 = 0; k < depth; k++) {
    if (load<u8>(tree.branch + k) & TAKEN) flip_bit(tree.bits, load<u32>(word_at(tree.order, k)));
  }
}
