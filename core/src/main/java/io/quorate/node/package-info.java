/**
 * One member: carries out what Raft decides ({@link io.quorate.raft.Ready}) in the one right order,
 * and turns calls of clients into proposals, reads and watches. Declares the ports to disk, network
 * and time.
 */
@NullMarked
package io.quorate.node;

import org.jspecify.annotations.NullMarked;
