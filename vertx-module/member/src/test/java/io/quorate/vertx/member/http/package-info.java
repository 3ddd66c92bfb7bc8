@NullMarked
package io.quorate.vertx.member.http;

import org.jspecify.annotations.NullMarked;
