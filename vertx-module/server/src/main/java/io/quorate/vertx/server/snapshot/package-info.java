/** {@code quorate snapshot}: saves, shows and restores snapshots in etcd's format. */
@NullMarked
package io.quorate.vertx.server.snapshot;

import org.jspecify.annotations.NullMarked;
