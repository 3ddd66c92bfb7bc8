package io.quorate.vertx.service;

import io.quorate.vertx.service.server.Deployment;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/**
 * Puts the services onto the event bus of the Vert.x it is deployed on, to be deployed by the name
 * of this class. Needs {@code quorate-client}, and {@code quorate-member} for a member. Its
 * configuration has one of
 *
 * <ul>
 *   <li>{@code server}: starts a member in this process; an object with the program's flags, by
 *       their names in its configuration file
 *   <li>{@code connection}: to members that run elsewhere; an object as {@code
 *       io.quorate.vertx.client.remote.ClientConnection} reads it
 * </ul>
 *
 * and may have {@code services}: {@link QuorateServicesOptions}. Undeployed, it closes all that it
 * has opened.
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
