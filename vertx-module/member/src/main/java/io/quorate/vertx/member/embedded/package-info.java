/** {@link io.quorate.vertx.client.QuorateStore} on a member in the same process. */
@NullMarked
package io.quorate.vertx.member.embedded;

import org.jspecify.annotations.NullMarked;
