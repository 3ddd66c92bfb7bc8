package io.vertx.servicediscovery.impl;

import io.quorate.vertx.discovery.KitMember;
import io.vertx.core.Vertx;
import io.vertx.servicediscovery.ServiceDiscoveryOptions;
import org.junit.Before;
import org.junit.ClassRule;

/** In the package of the test kit, which uses package-private classes. */
public class QuorateDiscoveryKitTest extends DiscoveryImplTestBase {
  @ClassRule public static final KitMember MEMBER = new KitMember();

  @Before
  public void setUp() {
    vertx = Vertx.vertx();
    discovery =
        new DiscoveryImpl(
            vertx, new ServiceDiscoveryOptions().setBackendConfiguration(MEMBER.configuration()));
  }
}
