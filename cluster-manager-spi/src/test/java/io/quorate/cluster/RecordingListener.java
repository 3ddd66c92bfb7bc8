package io.quorate.cluster;

import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** Wants updates of every address, and counts them. */
final class RecordingListener implements RegistrationListener {
  private record Heard(int updates, List<RegistrationInfo> last) {}

  private final ConcurrentHashMap<String, Heard> heard = new ConcurrentHashMap<>();

  @Override
  public void registrationsUpdated(RegistrationUpdateEvent event) {
    heard.compute(
        event.address(),
        (address, before) ->
            new Heard(before == null ? 1 : before.updates() + 1, event.registrations()));
  }

  List<RegistrationInfo> last(String address) {
    Heard h = heard.get(address);
    return h == null ? List.of() : h.last();
  }

  int updates(String address) {
    Heard h = heard.get(address);
    return h == null ? 0 : h.updates();
  }
}
