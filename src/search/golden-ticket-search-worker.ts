/** The script of a search's workers. */
import { serve } from "../runtime/serve.js";
import { program } from "./program.js";

serve("golden-ticket-search-worker", program);
