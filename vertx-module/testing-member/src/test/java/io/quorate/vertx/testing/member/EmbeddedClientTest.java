package io.quorate.vertx.testing.member;

import io.quorate.vertx.client.QuorateClient;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedClientTest extends RecipesContract {
  private static OneMember member;

  @BeforeAll
  static void start(@TempDir Path directory) {
    member = new OneMember(directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    member.close();
  }

  @Override
  QuorateClient open() {
    return QuorateClient.over(member.server().vertx(), member.server().client());
  }
}
