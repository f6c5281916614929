/** The script of the reproductions' workers. */
import { serve } from "../runtime/serve.js";
import { program } from "./program.js";

serve(program);
