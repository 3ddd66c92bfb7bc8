package io.quorate.vertx.member.peer;

import io.quorate.apply.MemberTable;
import io.quorate.codec.CodecException;
import io.quorate.codec.FormatVersion;
import io.quorate.codec.PeerCodec;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Member;
import io.quorate.command.PeerUrl;
import io.quorate.node.PeerLink;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.tls.TlsFailure;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries frames between members over the event bus of a Vert.x of its own, one-way and one message
 * a peer and turn. The bus has no back-pressure, so what is on its way to a peer is bounded here:
 * above the bound, and while a peer does not answer connects, frames are dropped; Raft sends again.
 *
 * <p>Its one event loop is the node's loop. {@link PeerLink}'s methods are called there.
 */
public final class PeerBus implements PeerLink {
  private static final Logger LOG = Logger.getLogger(PeerBus.class);
  private static final String RAFT = "raft";
  private static final long MAX_IN_FLIGHT_BYTES = 64L << 20;
  private static final long MIN_BACKOFF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MAX_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int TLS_HANDSHAKE_MILLIS = 5_000;
  private static final long LOOK_AFTER_SILENT_MILLIS = 2_500;

  private final Vertx vertx;
  private final Context context;
  private final String hostAndPort;
  private final Map<Long, Peer> peers = new HashMap<>();
  private final AtomicLong refused = new AtomicLong();
  private final boolean encrypted;
  private final PeerQuestions questions;
  private long clusterId;
  private long self;
  private long incarnation;
  private long sequence;
  private int frameVersion = FormatVersion.FIRST;
  private LongConsumer lost = peer -> {};
  private Consumer<Throwable> failed = e -> LOG.error("unhandled", e);
  private List<Member> introduced = List.of();
  private Map<Long, List<String>> toldUnreadable = Map.of();

  private static final class Peer {
    final String hostAndPort;
    final MessageProducer<FrameCodec.Frame> producer;
    long inFlightBytes;
    long backoffNanos;
    long silentUntilNanos;
    boolean connected;
    boolean wanted;
    boolean heard;

    /** Why nothing has come lately, as it looked last. */
    String suspicion = "";

    /** The same, as it was told. While somebody refuses the other, nothing is sent. */
    String trouble = "";

    Peer(String hostAndPort, MessageProducer<FrameCodec.Frame> producer) {
      this.hostAndPort = hostAndPort;
      this.producer = producer;
    }
  }

  private PeerBus(Vertx vertx, String hostAndPort, @Nullable TlsMaterial tls) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.hostAndPort = hostAndPort;
    this.encrypted = tls != null;
    this.questions = new PeerQuestions(vertx, hostAndPort, tls);
  }

  /**
   * Listens for peers. Not to be called on a Vert.x thread: the private instance must not inherit
   * anything from another one.
   *
   * @param listen where to listen
   * @param advertise where others find this member
   */
  public static Future<PeerBus> listen(URI listen, URI advertise) {
    return listen(listen, advertise, Map.of(), null);
  }

  /**
   * As {@link #listen(URI, URI)}, for one who is asked before it is a member.
   *
   * @param answers by question name: what is asked to what is answered, on the loop; {@link
   *     PeerQuestions#ask} is the other side
   * @param tls how peers prove to each other that they are; null for plain connections. Names in
   *     certificates are not looked at, so whoever its authority has signed is let in
   */
  public static Future<PeerBus> listen(
      URI listen,
      URI advertise,
      Map<String, Function<JsonObject, Future<JsonObject>>> answers,
      @Nullable TlsMaterial tls) {
    String nodeId = hostAndPort(advertise);
    VertxOptions options = InnerVertx.options();
    EventBusOptions busOptions =
        new EventBusOptions()
            .setHost(host(listen))
            .setPort(port(listen))
            .setClusterPublicHost(host(advertise))
            .setClusterPublicPort(port(advertise))
            .setConnectTimeout(1_000)
            .setClusterPingInterval(2_000)
            .setClusterPingReplyInterval(2_000)
            .setTcpNoDelay(true);
    if (tls != null) {
      encrypt(busOptions, tls);
    }
    options.setEventBusOptions(busOptions);
    LostConnections connections = new LostConnections();
    return Vertx.builder()
        .with(options)
        .withMetrics(ignored -> connections.metrics())
        .withClusterManager(new PeerDirectory(nodeId))
        .buildClustered()
        .map(
            vertx -> {
              vertx.exceptionHandler(PeerBus::unhandled);
              vertx.eventBus().registerDefaultCodec(FrameCodec.Frame.class, new FrameCodec());
              PeerBus bus = new PeerBus(vertx, nodeId, tls);
              connections.handler(bus::connectionLost);
              answers.forEach(bus.questions::answer);
              return bus;
            });
  }

  /**
   * Vert.x's bus trusts everybody unless it is told otherwise. It makes its options JSON and back,
   * so nothing may go in that has no such form.
   */
  private static void encrypt(EventBusOptions bus, TlsMaterial tls) {
    if (tls.trusted() == null || tls.certificate() == null) {
      throw new IllegalArgumentException("peers need a certificate and an authority to trust");
    }
    tls.turnOn(bus)
        .setTrustAll(false)
        .setClientAuth(ClientAuth.REQUIRED)
        .setSslHandshakeTimeout(TLS_HANDSHAKE_MILLIS)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
  }

  /**
   * Vert.x's event bus reports each write that fails at once, since its connection has just been
   * lost, as a promise that was completed twice; it was completed once, and the one who wrote has
   * heard of the failure.
   */
  private static void unhandled(Throwable e) {
    if (e instanceof IllegalStateException && "Promise already completed".equals(e.getMessage())) {
      LOG.debug("a message to a peer was lost with its connection");
    } else {
      LOG.error("unhandled", e);
    }
  }

  /** {@code host:port} of a peer URL, the id of a node on the bus. */
  static String hostAndPort(URI url) {
    return url.getRawAuthority(); // java.net.URI has no host if there is a '_' in it
  }

  static int port(URI url) {
    return Integer.parseInt(hostAndPort(url).replaceAll("^.*:", ""));
  }

  /** The same of a socket, where an IPv6 address has no brackets. */
  private static String hostAndPort(String host, int port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  static String host(URI url) {
    String host = hostAndPort(url).replaceAll(":[0-9]*$", "");
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** What can be asked beside frames. */
  public PeerQuestions questions() {
    return questions;
  }

  /** The node's loop. */
  public Context context() {
    return context;
  }

  /** The private Vert.x, for the one periodic timer of the node. */
  public Vertx vertx() {
    return vertx;
  }

  /**
   * Begins to receive for a member.
   *
   * @param incarnation random number of this process life
   * @param received frames that are of this cluster and for this member, on the loop
   * @param lost hears of a peer that does not take frames any more, and of one whose connection was
   *     closed, on the loop
   * @param failed hears of what nobody foresaw in what the bus does by itself, on the loop
   */
  public Future<Void> serve(
      long clusterId,
      long self,
      long incarnation,
      Consumer<PeerFrame> received,
      LongConsumer lost,
      Consumer<Throwable> failed) {
    this.failed = failed;
    this.clusterId = clusterId;
    this.self = self;
    this.incarnation = incarnation;
    this.lost = lost;
    long unused =
        vertx.setPeriodic(
            LOOK_AFTER_SILENT_MILLIS,
            timer -> context.runOnContext(v -> own(this::lookAfterSilent)));
    return vertx
        .eventBus()
        .<FrameCodec.Frame>consumer(PeerDirectory.address(RAFT, hostAndPort))
        .handler(message -> receive(message.body(), received))
        .completion();
  }

  private void receive(@Nullable Object body, Consumer<PeerFrame> received) {
    if (!(body instanceof FrameCodec.Frame frame)) {
      refuse("something that is no frame");
      return;
    }
    PeerFrame decoded;
    try {
      decoded = PeerCodec.decodeFor(clusterId, self, frame.bytes());
    } catch (CodecException e) {
      refuse(e.getMessage());
      return;
    }
    Peer peer = peers.get(decoded.from());
    if (peer != null) {
      peer.heard = true;
      peer.suspicion = "";
      peer.trouble = "";
    }
    received.accept(decoded);
  }

  /**
   * The bus keeps to itself why a connection comes to nothing. That a peer is not there is nothing
   * to be told of; that one is there and there is no talking with it is, once.
   */
  private void lookAfterSilent() {
    peers.forEach(
        (id, peer) -> {
          boolean silent = peer.wanted && !peer.heard;
          peer.wanted = false;
          peer.heard = false;
          if (silent) {
            questions
                .why(URI.create("//" + peer.hostAndPort))
                .onSuccess(
                    why -> {
                      if (!peer.heard) {
                        silent(id, peer, why);
                      }
                    });
          }
        });
  }

  private static void silent(long id, Peer peer, String why) {
    boolean sure = why.isEmpty() || TlsFailure.isCertain(why) || why.equals(peer.suspicion);
    peer.suspicion = why;
    if (sure && !why.equals(peer.trouble)) {
      if (!why.isEmpty()) {
        LOG.warn(
            "no connection with member {} at {}: {}", Long.toHexString(id), peer.hostAndPort, why);
      }
      peer.trouble = why;
    }
  }

  /** Whether connections with peers are encrypted. */
  public boolean isEncrypted() {
    return encrypted;
  }

  /** One line for the first, and then for every thousandth: strangers must not fill the log. */
  private void refuse(@Nullable String what) {
    long count = refused.getAndIncrement();
    if (count % 1_000 == 0) {
      LOG.warn("refused {} ({} refused so far)", what, count + 1);
    }
  }

  /**
   * Who may be answered by a member that knows of no members yet, since it is about to join. On the
   * loop, or before anything is served.
   */
  public void introduce(List<Member> members) {
    introduced = List.copyOf(members);
  }

  @Override
  public void membersChanged(MemberTable members) {
    Map<Long, Peer> former = new HashMap<>(peers);
    Map<Long, List<String>> unreadable = new HashMap<>();
    peers.clear();
    for (Member member : members.members().isEmpty() ? introduced : members.members()) {
      if (member.id() == self) {
        continue;
      }
      PeerUrl url = PeerUrl.firstOf(member.peerUrls());
      if (url == null) {
        unreadable.put(member.id(), member.peerUrls());
        continue;
      }
      String where = url.hostAndPort();
      Peer known = former.remove(member.id());
      peers.put(
          member.id(), known != null && known.hostAndPort.equals(where) ? known : newPeer(where));
    }
    former.values().forEach(p -> p.producer.close());
    unreadable.forEach(this::unreadable);
    toldUnreadable = unreadable;
  }

  @Override
  public void featureLevelIs(int level) {
    frameVersion = FormatVersion.at(level);
  }

  @Override
  public void askFeatureLevel(long member, IntConsumer heard) {
    Peer peer = peers.get(member);
    if (peer == null) {
      return;
    }
    questions
        .askMembers(URI.create("//" + peer.hostAndPort))
        .onSuccess(view -> own(() -> heard.accept(view.speaks())))
        .onFailure(
            e ->
                LOG.debug(
                    "member {} does not say its feature level: {}",
                    Long.toHexString(member),
                    e.toString()));
  }

  /** One that has no URL to connect to, since an older release accepted any; said once. */
  private void unreadable(long id, List<String> urls) {
    if (!urls.equals(toldUnreadable.get(id))) {
      LOG.error(
          "member {} cannot be reached: its peer URLs {} name no http(s)://host:port; give it others"
              + " (etcdctl member update), or remove it",
          Long.toHexString(id),
          urls);
    }
  }

  private Peer newPeer(String where) {
    return new Peer(
        where,
        vertx
            .eventBus()
            .sender(
                PeerDirectory.address(RAFT, where),
                new DeliveryOptions().setCodecName(FrameCodec.NAME)));
  }

  @Override
  public boolean send(long to, List<PeerMessage> messages) {
    Peer peer = peers.get(to);
    if (peer == null) {
      return false;
    }
    peer.wanted = true;
    if (TlsFailure.isCertain(peer.trouble)) {
      return false; // each try would be a handshake for nothing, and a line in the log
    }
    if (peer.silentUntilNanos != 0) {
      if (System.nanoTime() - peer.silentUntilNanos < 0) {
        return false;
      }
      peer.silentUntilNanos = 0;
    }
    if (peer.inFlightBytes > MAX_IN_FLIGHT_BYTES || (!peer.connected && peer.inFlightBytes > 0)) {
      return false;
    }
    byte[] bytes =
        PeerCodec.encode(
            new PeerFrame(frameVersion, clusterId, self, to, incarnation, ++sequence, messages));
    peer.inFlightBytes += bytes.length;
    FrameCodec.Frame frame = new FrameCodec.Frame(bytes);
    Future<Void> writing =
        peer.connected
            ? peer.producer.write(frame)
            : questions
                .reached(URI.create("//" + peer.hostAndPort))
                .compose(there -> peer.producer.write(frame));
    writing.onComplete(written -> own(() -> written(to, peer, bytes.length, written.succeeded())));
    return true;
  }

  private void written(long to, Peer peer, int length, boolean succeeded) {
    peer.inFlightBytes -= length;
    if (succeeded) {
      peer.connected = true;
      peer.backoffNanos = 0;
    } else {
      unreachable(to, peer);
    }
  }

  private void own(Runnable task) {
    try {
      task.run();
    } catch (Exception | Error e) {
      failed.accept(e);
    }
  }

  private void connectionLost(String host, int port) {
    String where = hostAndPort(host, port);
    context.runOnContext(
        v ->
            own(
                () ->
                    List.copyOf(peers.entrySet())
                        .forEach(
                            entry -> {
                              if (entry.getValue().hostAndPort.equals(where)) {
                                entry.getValue().connected = false;
                                lost.accept(entry.getKey());
                              }
                            })));
  }

  private void unreachable(long to, Peer peer) {
    if (peer.silentUntilNanos == 0) {
      peer.backoffNanos =
          Math.min(MAX_BACKOFF_NANOS, Math.max(MIN_BACKOFF_NANOS, 2 * peer.backoffNanos));
      peer.silentUntilNanos = System.nanoTime() + peer.backoffNanos;
    }
    peer.connected = false;
    if (peers.get(to) == peer) {
      lost.accept(to);
    }
  }

  /** Stops listening and ends the private Vert.x. */
  public Future<Void> close() {
    return vertx.close();
  }
}
