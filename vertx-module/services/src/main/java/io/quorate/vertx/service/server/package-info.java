/**
 * The services' other side: what serves them over a {@link io.quorate.vertx.client.QuorateClient}.
 * Only this package needs {@code quorate-client}, and {@code quorate-member} where one is started.
 */
@NullMarked
package io.quorate.vertx.service.server;

import org.jspecify.annotations.NullMarked;
