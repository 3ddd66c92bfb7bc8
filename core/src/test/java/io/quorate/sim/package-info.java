/**
 * A world in one thread: production members over simulated network, disks, processes and time, with
 * faults and clients drawn from a seed, and with checks of all that must hold.
 */
@NullMarked
package io.quorate.sim;

import org.jspecify.annotations.NullMarked;
