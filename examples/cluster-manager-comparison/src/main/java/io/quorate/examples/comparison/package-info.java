/**
 * The same work over whatever cluster manager is on the class path, so that two can be compared.
 *
 * <p>Nothing here knows a manager, but for {@link io.quorate.examples.comparison.Surroundings},
 * which puts around it what it needs to run on one host.
 */
@NullMarked
package io.quorate.examples.comparison;

import org.jspecify.annotations.NullMarked;
