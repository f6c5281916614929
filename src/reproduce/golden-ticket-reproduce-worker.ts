/** The script of the reproductions' workers. */
import { serve } from "../runtime/serve.js";
import { program } from "./program.js";

serve("golden-ticket-reproduce-worker", program);
