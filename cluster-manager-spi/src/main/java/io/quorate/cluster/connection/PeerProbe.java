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

/**
 * Finds out what listens at an address, and distinguishes a refused connection from a missing
 * answer.
 */
final class PeerProbe {
  /**
   * Long enough for a busy process, short enough to ask many times. A missing answer is never taken
   * for a refused connection, so this affects only how long discovery takes.
   */
  private static final int ANSWER_MILLIS = 300;

  enum Kind {
    /** The connection was refused: nothing listens there. */
    REFUSED,
    /** No answer: a paused member, another kind of server, or a broken network. */
    NO_ANSWER,
    /** A process of a cluster with another name. */
    OTHER_CLUSTER,
    /** A process with our cluster name that is not in a cluster yet. */
    SEARCHING,
    /** A member of a cluster with our name. */
    IN_CLUSTER
  }

  /**
   * @param detail the name of the other cluster, the id of ours, or why there is no answer
   */
  record Finding(Address address, Kind kind, String detail) {
    @Override
    public String toString() {
      return switch (kind) {
        case REFUSED -> "nothing listens at " + address;
        case NO_ANSWER -> address + " does not answer as a member would (" + detail + ")";
        case OTHER_CLUSTER -> address + " belongs to another cluster, '" + detail + "'";
        case SEARCHING -> address + " looks for a cluster, too";
        case IN_CLUSTER -> address + " is in cluster " + detail;
      };
    }
  }

  private final PeerBus bus;
  private final String clusterName;

  PeerProbe(PeerBus bus, String clusterName) {
    this.bus = bus;
    this.clusterName = clusterName;
  }

  /** What listens at each address; never fails. */
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
   * Opens a plain connection first: the event bus does not distinguish a refused connection from a
   * missing answer, and does not report why a handshake failed.
   */
  private Future<Finding> find(Address address) {
    return bus.questions()
        .line(address.url(bus.isEncrypted()))
        .compose(line -> ask(address, line).eventually(line::close))
        .otherwise(
            e -> new Finding(address, isRefusal(e) ? Kind.REFUSED : Kind.NO_ANSWER, text(e)));
  }

  /** Adds the reason to findings without an answer, as far as it can be found; never fails. */
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
    if (finding.kind() != Kind.NO_ANSWER) {
      return Future.succeededFuture(finding);
    }
    return bus.questions()
        .why(finding.address().url(bus.isEncrypted()))
        .map(why -> why.isEmpty() ? finding : new Finding(finding.address(), Kind.NO_ANSWER, why));
  }

  private static String text(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** Timeouts and broken networks fail a connect too, but do not prove that nothing listens. */
  private static boolean isRefusal(Throwable e) {
    return e instanceof ConnectException
        && text(e).toLowerCase(Locale.ROOT).contains("connection refused");
  }

  private Future<Finding> ask(Address address, PeerLine line) {
    return bus.questions()
        .askThere(
            address.url(bus.isEncrypted()),
            MembershipRequests.STATUS,
            new JsonObject().put("format", MembershipRequests.FORMAT),
            ANSWER_MILLIS)
        .map(answer -> understand(address, answer))
        .otherwise(
            e ->
                new Finding(
                    address,
                    Kind.NO_ANSWER,
                    line.whyEnded().isEmpty()
                        ? "no answer within " + ANSWER_MILLIS + " ms"
                        : line.whyEnded()));
  }

  private Finding understand(Address address, JsonObject answer) {
    int format = answer.getInteger("format", 0);
    if (format != MembershipRequests.FORMAT) {
      return new Finding(address, Kind.NO_ANSWER, "speaks format " + format + " of the question");
    }
    String cluster = answer.getString("cluster", "");
    if (!cluster.equals(clusterName)) {
      return new Finding(address, Kind.OTHER_CLUSTER, cluster);
    }
    @Nullable String id = answer.getString("clusterId");
    return id == null
        ? new Finding(address, Kind.SEARCHING, "")
        : new Finding(address, Kind.IN_CLUSTER, id);
  }
}
