/** The same search, the same hash, with the workers of the browser. */
import "../search/workers.test.js";
