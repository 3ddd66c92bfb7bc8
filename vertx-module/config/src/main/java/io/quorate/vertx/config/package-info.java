/** A configuration store for {@code vertx-config} that reads from Quorate or an etcd. */
@NullMarked
package io.quorate.vertx.config;

import org.jspecify.annotations.NullMarked;
