/** What must hold after every event, one class each, with where it is written. */
@NullMarked
package io.quorate.sim.checks;

import org.jspecify.annotations.NullMarked;
