package io.quorate.apply;

import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import org.jspecify.annotations.Nullable;

/**
 * What became of one proposal; exactly one of result and error is not null.
 *
 * @param origin the member that waits for it
 */
public record Outcome(
    long origin, long requestId, @Nullable Result result, @Nullable EtcdError error) {}
