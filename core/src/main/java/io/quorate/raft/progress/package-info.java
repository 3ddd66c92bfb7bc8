/**
 * One follower as the leader sees it: how far it is, how it is fed, what is on its way. Bookkeeping
 * only; who sends and when is decided by {@link io.quorate.raft.Raft}.
 */
@NullMarked
package io.quorate.raft.progress;

import org.jspecify.annotations.NullMarked;
