/** Faults put into the production code on purpose, to see that the simulation finds them. */
@NullMarked
package io.quorate.sim.bugs;

import org.jspecify.annotations.NullMarked;
