package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.lock.LockGrpcClient;
import io.quorate.vertx.client.proto.lock.LockRequest;
import io.quorate.vertx.client.proto.lock.LockResponse;
import io.quorate.vertx.testing.member.RawRpc.Call;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemberLockServicesTest extends LockServicesContract {
  @SuppressWarnings("NullAway.Init")
  private OneMember member;

  @BeforeAll
  void start(@TempDir Path directory) {
    member = new OneMember(directory.resolve("data"));
    open(member.clientUrl());
  }

  @AfterAll
  void stop() {
    member.close();
  }

  /** Later etcds do so, too; that of Debian, 3.4, gives it the lock. */
  @Test
  void a_caller_whose_key_is_gone_does_not_get_the_lock() {
    ByteString held = rpc.ask(LockGrpcClient.Lock, lock("expired", lease())).getKey();
    long lease = lease();
    Call<LockRequest, LockResponse> waiting =
        rpc.start(LockGrpcClient.Lock, lock("expired", lease), Map.of());
    untilCount("expired", 2);
    revoke(lease);
    var unused = rpc.ask(LockGrpcClient.Unlock, unlock(held));
    assertThat(waiting.end()).isEqualTo(unknown("mutex: session is expired"));
    assertThat(line("expired")).isEmpty();
  }
}
