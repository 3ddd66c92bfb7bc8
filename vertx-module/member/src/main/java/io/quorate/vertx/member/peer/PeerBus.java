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
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.net.URI;
import java.util.ArrayList;
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
 * Carries frames between members over the event bus of a Vert.x of its own. Sends are one-way, one
 * message for each peer and turn of the loop. The event bus has no back-pressure, so the bytes in
 * flight to a peer are bounded here. Above the bound, and while a peer cannot be connected, frames
 * are dropped; Raft sends again.
 *
 * <p>Its only event loop is the node's loop. The methods of {@link PeerLink} are called on it.
 */
public final class PeerBus implements PeerLink {
  private static final Logger LOG = Logger.getLogger(PeerBus.class);
  private static final String RAFT = "raft";
  private static final long MAX_IN_FLIGHT_BYTES = 64L << 20;
  private static final long MIN_BACKOFF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MAX_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long CHECK_SILENT_PEERS_MILLIS = 2_500;

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
  private List<Member> introducedMembers = List.of();
  private Map<Long, List<String>> loggedUnreadable = Map.of();

  private static final class Peer {
    final String hostAndPort;
    final MessageProducer<FrameCodec.Frame> producer;
    long inFlightBytes;
    long backoffNanos;
    long retryAtNanos;
    boolean connected;
    boolean sendRequested;
    boolean frameReceived;

    /** The reason found by the last check of a silent peer. */
    String foundReason = "";

    /** The reason that was logged. While a TLS handshake fails for it, nothing is sent. */
    String loggedReason = "";

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
   * Listens for peers. Must not be called on a Vert.x thread, since the private Vert.x must not
   * inherit that thread's context.
   *
   * @param listen the URL to listen on
   * @param advertise the URL at which other members reach this one
   */
  public static Future<PeerBus> listen(URI listen, URI advertise) {
    return listen(listen, advertise, Map.of(), null);
  }

  /**
   * Like {@link #listen(URI, URI)}, for a member that has to answer requests before it has joined.
   *
   * @param answers handlers of requests by name, called on the loop; {@link PeerQuestions#ask}
   *     sends such requests
   * @param tls certificate, key and trusted authorities; null for plain connections. Unless it has
   *     allowed names, any certificate of a trusted authority is accepted
   */
  public static Future<PeerBus> listen(
      URI listen,
      URI advertise,
      Map<String, Function<JsonObject, Future<JsonObject>>> answers,
      @Nullable TlsMaterial tls) {
    return listen(List.of(listen), advertise, answers, tls);
  }

  /**
   * Like {@link #listen(URI, URI, Map, TlsMaterial)}, on several addresses.
   *
   * @param listens the URLs to listen on, at least one
   */
  public static Future<PeerBus> listen(
      List<URI> listens,
      URI advertise,
      Map<String, Function<JsonObject, Future<JsonObject>>> answers,
      @Nullable TlsMaterial tls) {
    URI listen = listens.get(0);
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
      BusTls.begin(busOptions, tls);
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
            })
        .compose(bus -> bus.listenToo(listens.subList(1, listens.size()), busOptions))
        .compose(bus -> tls == null || tls.isPemOnly() ? succeeded(bus) : bus.prepared(tls));
  }

  /**
   * When a connection is lost, Vert.x's event bus fails each write that follows and then reports
   * the write's promise as completed twice. The promise was completed once, and the sender already
   * has the failure, so this report is ignored.
   */
  private static void unhandled(Throwable e) {
    if (e instanceof IllegalStateException && "Promise already completed".equals(e.getMessage())) {
      LOG.debug("a message to a peer was lost with its connection");
    } else {
      LOG.error("unhandled", e);
    }
  }

  /** {@code host:port} of a peer URL, which is the node id on the bus. */
  static String hostAndPort(URI url) {
    return url.getRawAuthority(); // java.net.URI finds no host in an authority that has a '_'
  }

  static int port(URI url) {
    return Integer.parseInt(hostAndPort(url).replaceAll("^.*:", ""));
  }

  /** The same for a socket, where an IPv6 address has no brackets. */
  private static String hostAndPort(String host, int port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  static String host(URI url) {
    String host = hostAndPort(url).replaceAll(":[0-9]*$", "");
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** Event buses listen on one address; its server's handler serves the others as well. */
  private Future<PeerBus> listenToo(List<URI> more, EventBusOptions options) {
    List<Future<?>> opening = new ArrayList<>();
    if (!more.isEmpty()) {
      NetServer first = ((VertxInternal) vertx).sharedTcpServers().values().iterator().next();
      for (URI url : more) {
        opening.add(
            vertx
                .createNetServer(
                    new NetServerOptions(options.toJson()).setHost(host(url)).setPort(port(url)))
                .connectHandler(first.connectHandler())
                .listen());
      }
    }
    return Future.join(opening)
        .map(this)
        .recover(e -> close().transform(closed -> Future.failedFuture(e)));
  }

  private static Future<PeerBus> succeeded(PeerBus bus) {
    return Future.succeededFuture(bus);
  }

  /** Completes once the bus can connect; closes the bus if it never will. */
  private Future<PeerBus> prepared(TlsMaterial tls) {
    return update(tls).map(this).recover(e -> close().transform(closed -> Future.failedFuture(e)));
  }

  /**
   * Uses other certificates, keys and authorities for new connections. To be called on an encrypted
   * bus only; any thread.
   */
  public Future<Void> update(TlsMaterial tls) {
    return Future.future(
        done ->
            Future.join(BusTls.use(vertx, tls), questions.update(tls))
                .<Void>mapEmpty()
                .onComplete(done));
  }

  /** Requests and answers between members, beside frames. */
  public PeerQuestions questions() {
    return questions;
  }

  /** The context of the node's loop. */
  public Context context() {
    return context;
  }

  /** The private Vert.x, which also has the node's tick timer. */
  public Vertx vertx() {
    return vertx;
  }

  /**
   * Starts to receive frames for a member.
   *
   * @param incarnation random number of this process lifetime
   * @param received called on the loop with each frame of this cluster for this member
   * @param lost called on the loop with the id of a peer that cannot be reached or whose connection
   *     was closed
   * @param failed called on the loop with unexpected errors of the bus's own tasks
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
            CHECK_SILENT_PEERS_MILLIS,
            timer -> context.runOnContext(v -> guarded(this::checkSilentPeers)));
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
      peer.frameReceived = true;
      peer.foundReason = "";
      peer.loggedReason = "";
    }
    received.accept(decoded);
  }

  /**
   * The event bus does not report why a connection fails. A peer that is down needs no line in the
   * log; one that is up and cannot be talked to gets one.
   */
  private void checkSilentPeers() {
    peers.forEach(
        (id, peer) -> {
          boolean isSilent = peer.sendRequested && !peer.frameReceived;
          peer.sendRequested = false;
          peer.frameReceived = false;
          if (isSilent) {
            questions
                .why(URI.create("//" + peer.hostAndPort))
                .onSuccess(
                    why -> {
                      if (!peer.frameReceived) {
                        explainSilence(id, peer, why);
                      }
                    });
          }
        });
  }

  private static void explainSilence(long id, Peer peer, String why) {
    boolean sure = why.isEmpty() || TlsFailure.isCertain(why) || why.equals(peer.foundReason);
    peer.foundReason = why;
    if (sure && !why.equals(peer.loggedReason)) {
      if (!why.isEmpty()) {
        LOG.warn(
            "no connection with member {} at {}: {}", Long.toHexString(id), peer.hostAndPort, why);
      }
      peer.loggedReason = why;
    }
  }

  /** Whether connections to peers are encrypted. */
  public boolean isEncrypted() {
    return encrypted;
  }

  /**
   * Logs the first refused frame and then every thousandth, so that foreign senders cannot fill the
   * log.
   */
  private void refuse(@Nullable String what) {
    long count = refused.getAndIncrement();
    if (count % 1_000 == 0) {
      LOG.warn("refused {} ({} refused so far)", what, count + 1);
    }
  }

  /**
   * Sets the members to which this one sends while it is about to join and has no member list of
   * its own. To be called on the loop, or before frames are received.
   */
  public void introduce(List<Member> members) {
    introducedMembers = List.copyOf(members);
  }

  @Override
  public void membersChanged(MemberTable members) {
    Map<Long, Peer> former = new HashMap<>(peers);
    Map<Long, List<String>> unreadable = new HashMap<>();
    peers.clear();
    for (Member member : members.members().isEmpty() ? introducedMembers : members.members()) {
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
    loggedUnreadable = unreadable;
  }

  @Override
  public void featureLevelIs(int level) {
    frameVersion = FormatVersion.at(level);
  }

  @Override
  public void askFeatureLevel(long member, IntConsumer answer) {
    Peer peer = peers.get(member);
    if (peer == null) {
      return;
    }
    questions
        .askMembers(URI.create("//" + peer.hostAndPort))
        .onSuccess(view -> guarded(() -> answer.accept(view.speaks())))
        .onFailure(
            e ->
                LOG.debug(
                    "member {} does not say its feature level: {}",
                    Long.toHexString(member),
                    e.toString()));
  }

  /** Handles a member without a usable URL, which older releases accepted; it is logged once. */
  private void unreadable(long id, List<String> urls) {
    if (!urls.equals(loggedUnreadable.get(id))) {
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
    peer.sendRequested = true;
    if (TlsFailure.isCertain(peer.loggedReason)) {
      return false; // each try would be a failing handshake, and a line in the log
    }
    if (peer.retryAtNanos != 0) {
      if (System.nanoTime() - peer.retryAtNanos < 0) {
        return false;
      }
      peer.retryAtNanos = 0;
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
    writing.onComplete(
        written -> guarded(() -> written(to, peer, bytes.length, written.succeeded())));
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

  private void guarded(Runnable task) {
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
            guarded(
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
    if (peer.retryAtNanos == 0) {
      peer.backoffNanos =
          Math.min(MAX_BACKOFF_NANOS, Math.max(MIN_BACKOFF_NANOS, 2 * peer.backoffNanos));
      peer.retryAtNanos = System.nanoTime() + peer.backoffNanos;
    }
    peer.connected = false;
    if (peers.get(to) == peer) {
      lost.accept(to);
    }
  }

  /** Stops listening and closes the private Vert.x. */
  public Future<Void> close() {
    return vertx.close();
  }
}
