package io.quorate.vertx.service;

import io.quorate.vertx.service.server.Deployment;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/**
 * Registers the services on the event bus of the Vert.x that it is deployed on. Deploy it by the
 * name of this class. Needs {@code quorate-client}, and {@code quorate-member} to start a member.
 * Its configuration has one of
 *
 * <ul>
 *   <li>{@code server}: starts a member in this process; an object with the options of a member's
 *       configuration file
 *   <li>{@code connection}: connects to members elsewhere; an object as {@code
 *       io.quorate.vertx.client.remote.ClientConnection} reads it
 * </ul>
 *
 * and may have {@code services}: {@link QuorateServicesOptions}. When undeployed, it closes
 * everything that it has opened.
 */
public final class QuorateVerticle extends VerticleBase {
  private @Nullable Deployment deployment;

  @Override
  public Future<?> start() {
    return Deployment.open(vertx, config()).onSuccess(opened -> deployment = opened);
  }

  @Override
  public Future<?> stop() {
    Deployment open = deployment;
    return open == null ? Future.succeededFuture() : open.close();
  }
}
