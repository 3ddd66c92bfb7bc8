package io.quorate.command;

/**
 * What a watcher wants to see, as etcd's {@code WatchCreateRequest}.
 *
 * @param watchId 0 to have one chosen
 * @param range an empty start is taken as one zero byte
 * @param startRevision 0 for "from now"
 * @param noPut drops puts
 * @param noDelete drops deletes
 * @param progressNotify asks for a {@link WatchResponse.Progress} when there was no event for a
 *     while
 * @param fragment large answers may be split; done by the RPC layer, which knows sizes on the wire
 */
public record WatchSpec(
    long watchId,
    KeyRange range,
    long startRevision,
    boolean noPut,
    boolean noDelete,
    boolean prevKv,
    boolean progressNotify,
    boolean fragment) {}
