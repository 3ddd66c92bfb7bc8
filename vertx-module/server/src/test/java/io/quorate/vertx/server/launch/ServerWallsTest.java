package io.quorate.vertx.server.launch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The program starts a member and does not depend on the member's internals. */
@AnalyzeClasses(
    packages = "io.quorate.vertx.server",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ServerWallsTest {

  @ArchTest
  static final ArchRule protobufIsForClients =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.quorate.vertx.server.bench..", "io.quorate.vertx.server.snapshot..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.google.protobuf..", "io.quorate.vertx.client.proto..", "io.vertx.grpc..");

  @ArchTest
  static final ArchRule theProgramKnowsNoNode =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.node..",
              "io.quorate.raft..",
              "io.quorate.store..",
              "io.quorate.apply..",
              "io.quorate.mvcc..",
              "io.quorate.codec..",
              "io.quorate.vertx.member.embedded..",
              "io.quorate.vertx.member.grpc..",
              "io.quorate.vertx.member.http..",
              "io.quorate.vertx.member.peer..",
              "java.sql..",
              "javax.sql..",
              "org.sqlite..");

  /** The benchmark is a client of any cluster, also of etcd's. */
  @ArchTest
  static final ArchRule theBenchStartsNothing =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.vertx.server.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quorate.vertx.member", "io.quorate.vertx.server.launch..");

  @ArchTest
  static final ArchRule onlyTheLauncherLogsByItself =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.quorate.vertx.server.launch..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.slf4j..", "java.util.logging..", "ch.qos.logback..");

  @ArchTest
  static final ArchRule thereAreNoCirclesBetweenPackages =
      slices().matching("io.quorate.vertx.(**)").should().beFreeOfCycles();
}
