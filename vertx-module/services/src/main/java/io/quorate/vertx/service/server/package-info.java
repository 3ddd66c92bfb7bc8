/**
 * The serving side of the services, over a {@link io.quorate.vertx.client.QuorateClient}. Only this
 * package needs {@code quorate-client}, and {@code quorate-member} to start a member.
 */
@NullMarked
package io.quorate.vertx.service.server;

import org.jspecify.annotations.NullMarked;
