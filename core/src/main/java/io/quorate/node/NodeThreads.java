package io.quorate.node;

import java.util.concurrent.Executor;

/**
 * Where a node's parts run. In production {@code loop} is an event loop and each of the others a
 * thread (or, for readers, a few); a simulation runs them all in one.
 *
 * @param loop serial, must never be blocked: the driver
 * @param log serial, blocks on the log's disk
 * @param apply serial: the state machine and the watchers
 * @param writer serial, blocks on the state's disk
 * @param readers reads that miss the cache; may block, may run at once
 */
public record NodeThreads(
    Executor loop, Executor log, Executor apply, Executor writer, Executor readers) {}
