/** A store of {@code vertx-config} whose configuration is in Quorate or in an etcd. */
@NullMarked
package io.quorate.vertx.config;

import org.jspecify.annotations.NullMarked;
