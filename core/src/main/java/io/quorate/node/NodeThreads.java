package io.quorate.node;

import java.util.concurrent.Executor;

/**
 * The executors on which a node runs. In production {@code loop} is an event loop and each of the
 * others is a thread (readers: a few threads); a simulation runs them all in one thread.
 *
 * @param loop runs the driver, one task at a time; must never be blocked
 * @param log writes the log, one task at a time; blocks on the disk
 * @param apply runs the state machine and the watchers, one task at a time
 * @param writer writes the state's file, one task at a time; blocks on the disk
 * @param readers run reads that miss the cache, several at a time; block on the disk
 */
public record NodeThreads(
    Executor loop, Executor log, Executor apply, Executor writer, Executor readers) {}
