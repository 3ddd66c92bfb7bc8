package io.quorate.vertx.discovery;

import io.vertx.servicediscovery.spi.ServiceDiscoveryBackend;
import io.vertx.servicediscovery.spi.ServiceDiscoveryBackendTest;
import org.junit.ClassRule;

public class QuorateBackendKitTest extends ServiceDiscoveryBackendTest {
  @ClassRule public static final KitMember MEMBER = new KitMember();

  @Override
  protected ServiceDiscoveryBackend createBackend() {
    ServiceDiscoveryBackend backend = new QuorateServiceDiscoveryBackend();
    backend.init(vertx, MEMBER.configuration());
    return backend;
  }
}
