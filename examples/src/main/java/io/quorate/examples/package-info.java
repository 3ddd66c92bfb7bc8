/** One runnable idea each. Everything here is a client of a cluster that runs already. */
@NullMarked
package io.quorate.examples;

import org.jspecify.annotations.NullMarked;
