/**
 * The wire: every RPC there is, one row each ({@link io.quorate.vertx.client.api.EtcdApi}), and the
 * mapping between protobuf and the records of {@code io.quorate.command}. Whatever serves, measures
 * or guards RPCs walks these rows; nothing here knows how a request arrived. Pure functions and
 * values, any thread.
 */
@NullMarked
package io.quorate.vertx.client.api;

import org.jspecify.annotations.NullMarked;
