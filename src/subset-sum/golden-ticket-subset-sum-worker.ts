/** The script of the workers of the search for subset sums. */
import { serve } from "../runtime/serve.js";
import { program } from "./program.js";

serve("golden-ticket-subset-sum-worker", program);
