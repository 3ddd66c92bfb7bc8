@NullMarked
package io.quorate.vertx.grpc;

import org.jspecify.annotations.NullMarked;
