package io.quorate.vertx.testing.member;

import io.quorate.vertx.testing.EtcdProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A real etcd keeps the contract that Quorate keeps. */
class EtcdAuthIT extends AuthContract {
  @SuppressWarnings("NullAway.Init")
  private EtcdProcess etcd;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    etcd = new EtcdProcess(directory, "http", List.of("--bcrypt-cost=4"));
    open(etcd.clientUrl());
  }

  @AfterAll
  void stop() {
    etcd.close();
  }
}
