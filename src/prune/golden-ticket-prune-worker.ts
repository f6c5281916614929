/** The script of the workers of exact OBS. */
import { serve } from "../runtime/serve.js";
import { program } from "./sweep-program.js";

serve("golden-ticket-prune-worker", program);
