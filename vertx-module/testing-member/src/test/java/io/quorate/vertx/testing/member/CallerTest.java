package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.CommandCodec;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.Proposal;
import io.quorate.node.LogStore;
import io.quorate.raft.Entry;
import io.quorate.store.sqlite.DataDirectory;
import io.quorate.store.sqlite.SqliteLogStore;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Certificates;
import io.quorate.vertx.testing.Loopback;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log contains the caller of each request, whichever way the request came in. */
class CallerTest {
  private static final Bytes KEY = Bytes.utf8("k");

  @Test
  void the_log_contains_the_caller_of_each_request(@TempDir Path directory) throws Exception {
    Certificates certificates = Certificates.shared();
    URI peerUrl = Loopback.url(Loopback.freePort());
    URI clientUrl = URI.create("https://127.0.0.1:" + Loopback.freePort());
    Path dataDir = directory.resolve("one");
    QuorateServer member =
        await(
            QuorateServer.start(
                new QuorateOptions()
                    .setName("one")
                    .setDataDir(dataDir)
                    .setListenClientUrls(List.of(clientUrl))
                    .setAdvertiseClientUrls(List.of(clientUrl))
                    .setListenPeerUrls(List.of(peerUrl))
                    .setInitialAdvertisePeerUrls(List.of(peerUrl))
                    .setInitialCluster(Map.of("one", List.of(peerUrl)))
                    .setClientTls(
                        new TlsFiles(
                            certificates.certificateFile("one"),
                            certificates.keyFile("one"),
                            certificates.certificateFile("ca"),
                            true))));
    Vertx vertx = Vertx.vertx();
    URI askingUrl = Loopback.url(Loopback.freePort());
    PeerBus asking = await(PeerBus.listen(askingUrl, askingUrl));
    try {
      Await.untilTrue(
          "the feature level allows callers in the log",
          () ->
              await(asking.questions().askMembers(peerUrl)).featureLevel() >= FeatureLevel.CALLERS);
      RemoteStore remote =
          new RemoteStore(
              vertx,
              new RemoteOptions(List.of(clientUrl))
                  .setSsl(
                      new ClientSSLOptions()
                          .setTrustOptions(certificates.trust("ca"))
                          .setKeyCertOptions(certificates.identity("client"))));
      write(remote, "by certificate");
      write(member.client(), "in the process");
      write(member.client().as(new Caller.User("ann", 7)), "as a user");
      Void unused = await(remote.close());
    } finally {
      Void unused = await(asking.close());
      unused = await(vertx.close());
      unused = await(member.close());
    }
    assertThat(callers(dataDir))
        .containsEntry("by certificate", new Caller.Certificate("client", 0))
        .containsEntry("in the process", Caller.NOBODY)
        .containsEntry("as a user", new Caller.User("ann", 7));
  }

  /** A put and a delete, as examples: all kinds of commands are passed on in the same way. */
  private static void write(QuorateStore store, String what) {
    Object unused = await(store.put(Command.Put.of(KEY, Bytes.utf8(what))));
    unused = await(store.delete(new Command.DeleteRange(KeyRange.single(Bytes.utf8(what)), false)));
  }

  /** The callers of the puts in the log, by value; checks that deletes have the same callers. */
  private static Map<String, Caller> callers(Path dataDir) throws Exception {
    Map<String, Caller> callers = new LinkedHashMap<>();
    try (DataDirectory directory = DataDirectory.open(dataDir);
        SqliteLogStore log = new SqliteLogStore(directory)) {
      LogStore.Existing existing = (LogStore.Existing) log.recover();
      for (Entry entry : existing.entries()) {
        if (entry.kind() != Entry.Kind.NORMAL || entry.data().length == 0) {
          continue;
        }
        for (Proposal proposal : CommandCodec.decodeBatch(entry.data()).proposals()) {
          Command command = CommandCodec.decode(proposal.command());
          if (command instanceof Command.Put put) {
            callers.put(put.value().utf8(), proposal.caller());
          } else if (command instanceof Command.DeleteRange delete) {
            assertThat(proposal.caller()).isEqualTo(callers.get(delete.range().start().utf8()));
          }
        }
      }
    }
    return callers;
  }
}
