package io.quorate.vertx.discovery;

import io.quorate.vertx.testing.member.OneMember;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.rules.ExternalResource;
import org.junit.rules.TemporaryFolder;

/** A member for Vert.x's test kit, which uses JUnit 4. Each backend has its own prefix. */
public final class KitMember extends ExternalResource {
  private final TemporaryFolder directory = new TemporaryFolder();
  private @Nullable OneMember member;

  @Override
  protected void before() throws IOException {
    directory.create();
    member = new OneMember(Path.of(directory.getRoot().getPath(), "data"));
  }

  @Override
  protected void after() {
    Objects.requireNonNull(member).close();
    directory.delete();
  }

  public JsonObject configuration() {
    String url = Objects.requireNonNull(member).clientUrl().toString();
    return new JsonObject()
        .put("backend-name", "quorate")
        .put("connection", new JsonObject().put("endpoints", new JsonArray().add(url)))
        .put("prefix", UUID.randomUUID() + "/");
  }
}
