/**
 * The protocol: every RPC, one row each ({@link io.quorate.vertx.client.api.EtcdApi}), and the
 * mapping between protobuf and the records of {@code io.quorate.command}. Code that serves,
 * measures or guards RPCs uses these rows. Nothing here depends on the transport. Pure functions
 * and values, any thread.
 */
@NullMarked
package io.quorate.vertx.client.api;

import org.jspecify.annotations.NullMarked;
