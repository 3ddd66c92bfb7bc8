@NullMarked
package io.quorate.vertx.member.tls;

import org.jspecify.annotations.NullMarked;
