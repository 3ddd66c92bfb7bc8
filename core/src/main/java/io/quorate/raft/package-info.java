/**
 * Raft as a pure state machine: messages, ticks and proposals in, a {@link io.quorate.raft.Ready}
 * out. Nothing here knows time, threads, IO or chance; the same calls in the same order give the
 * same answers on every JVM. One thread at a time, the caller's.
 */
@NullMarked
package io.quorate.raft;

import org.jspecify.annotations.NullMarked;
