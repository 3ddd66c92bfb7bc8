@NullMarked
package io.quorate.vertx.member.grpc;

import org.jspecify.annotations.NullMarked;
