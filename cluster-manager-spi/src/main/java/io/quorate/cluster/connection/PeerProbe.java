package io.quorate.cluster.connection;

import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.peer.PeerLine;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds out who is at an address, and tells apart nobody, and somebody who does not say. */
final class Probe {
  /**
   * Long enough for a busy process, short enough to be asked again many times. Who does not answer
   * is never taken for nobody, so this decides about time only.
   */
  private static final int ANSWER_MILLIS = 300;

  enum Kind {
    /** The connection was refused: nobody listens there. */
    NOBODY,
    /** A connection, or no answer to it; a paused member, something else, a cut line. */
    SILENT,
    /** A process of a cluster with another name. */
    STRANGER,
    /** One of ours that looks for a cluster. */
    LOOKING,
    /** One of ours that is in a cluster. */
    IN_CLUSTER
  }

  /**
   * @param detail the other cluster's name, the id of ours, or why nothing is known
   */
  record Finding(Address address, Kind kind, String detail) {
    @Override
    public String toString() {
      return switch (kind) {
        case NOBODY -> "nobody listens at " + address;
        case SILENT -> address + " does not answer as a member would (" + detail + ")";
        case STRANGER -> address + " belongs to another cluster, '" + detail + "'";
        case LOOKING -> address + " looks for a cluster, too";
        case IN_CLUSTER -> address + " is in cluster " + detail;
      };
    }
  }

  private final PeerBus bus;
  private final String clusterName;

  Probe(PeerBus bus, String clusterName) {
    this.bus = bus;
    this.clusterName = clusterName;
  }

  /** Who is where, by address; never fails. */
  Future<Map<Address, Finding>> findAll(Collection<Address> addresses) {
    List<Future<Finding>> finding = new ArrayList<>();
    addresses.forEach(address -> finding.add(find(address)));
    return Future.join(finding)
        .map(
            all -> {
              Map<Address, Finding> found = new TreeMap<>();
              finding.forEach(f -> found.put(f.result().address(), f.result()));
              return found;
            });
  }

  /**
   * A bare connection first: the bus would take as long to say that nobody is there as that
   * somebody does not answer, and keeps to itself what a handshake has come to.
   */
  private Future<Finding> find(Address address) {
    return bus.line(address.url(bus.isEncrypted()))
        .compose(line -> ask(address, line).eventually(line::close))
        .otherwise(e -> new Finding(address, isRefusal(e) ? Kind.NOBODY : Kind.SILENT, text(e)));
  }

  /** With what can be seen of why those are silent who are; never fails. */
  Future<Map<Address, Finding>> explained(Map<Address, Finding> found) {
    List<Future<Finding>> explaining = new ArrayList<>();
    found.values().forEach(finding -> explaining.add(explained(finding)));
    return Future.join(explaining)
        .map(
            all -> {
              Map<Address, Finding> known = new TreeMap<>();
              explaining.forEach(f -> known.put(f.result().address(), f.result()));
              return known;
            });
  }

  private Future<Finding> explained(Finding finding) {
    if (finding.kind() != Kind.SILENT) {
      return Future.succeededFuture(finding);
    }
    return bus.why(finding.address().url(bus.isEncrypted()))
        .map(why -> why.isEmpty() ? finding : new Finding(finding.address(), Kind.SILENT, why));
  }

  private static String text(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** Timeouts and cut lines are connect failures, too, but they do not say that nobody is there. */
  private static boolean isRefusal(Throwable e) {
    return e instanceof ConnectException
        && text(e).toLowerCase(Locale.ROOT).contains("connection refused");
  }

  private Future<Finding> ask(Address address, PeerLine line) {
    return bus.askThere(
            address.url(bus.isEncrypted()),
            Reception.STANDING,
            new JsonObject().put("format", Reception.FORMAT),
            ANSWER_MILLIS)
        .map(answer -> understand(address, answer))
        .otherwise(
            e ->
                new Finding(
                    address,
                    Kind.SILENT,
                    line.whyEnded().isEmpty()
                        ? "no answer within " + ANSWER_MILLIS + " ms"
                        : line.whyEnded()));
  }

  private Finding understand(Address address, JsonObject answer) {
    int format = answer.getInteger("format", 0);
    if (format != Reception.FORMAT) {
      return new Finding(address, Kind.SILENT, "speaks format " + format + " of the question");
    }
    String cluster = answer.getString("cluster", "");
    if (!cluster.equals(clusterName)) {
      return new Finding(address, Kind.STRANGER, cluster);
    }
    @Nullable String id = answer.getString("clusterId");
    return id == null
        ? new Finding(address, Kind.LOOKING, "")
        : new Finding(address, Kind.IN_CLUSTER, id);
  }
}
