/**
 * One member: turns a {@link io.quorate.raft.Ready} into port calls in the one right order, and
 * client calls into proposals, reads and watches. Declares the ports to disk, network and time.
 */
@NullMarked
package io.quorate.node;

import org.jspecify.annotations.NullMarked;
