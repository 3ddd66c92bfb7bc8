package io.quorate.vertx.member;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Foreign types stop at their edge. */
@AnalyzeClasses(packages = "io.quorate.vertx", importOptions = ImportOption.DoNotIncludeTests.class)
class VertxModuleWallsTest {

  @ArchTest
  static final ArchRule protobufStaysInTheGrpcEdges =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.quorate.vertx.client.api..",
              "io.quorate.vertx.member.grpc..",
              "io.quorate.vertx.server.bench..",
              "io.quorate.vertx.client.remote..",
              "io.quorate.vertx.client.proto..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.google.protobuf..", "io.quorate.vertx.client.proto..", "io.vertx.grpc..");

  @ArchTest
  static final ArchRule theEdgesKnowNoNode =
      noClasses()
          .that()
          .resideInAnyPackage("io.quorate.vertx.member.grpc..", "io.quorate.vertx.member.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.node..",
              "io.quorate.raft..",
              "io.quorate.store..",
              "io.quorate.apply..",
              "io.quorate.mvcc..",
              "io.quorate.codec..",
              "io.quorate.vertx.member.peer..");

  /** Whoever serves RPCs, or asks for them, walks the table; it knows none of them. */
  @ArchTest
  static final ArchRule theTableOfRpcsKnowsNobodyWhoServes =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.vertx.client.api..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.quorate..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "io.quorate.command..",
                              "io.quorate.watch..",
                              "io.quorate.vertx.client.api..",
                              "io.quorate.vertx.client.proto.."))));

  @ArchTest
  static final ArchRule theRemoteClientKnowsNoServer =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.vertx.client.remote..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quorate.vertx.member.grpc..", "io.quorate.vertx.member.http..");

  @ArchTest
  static final ArchRule grpcKnowsNoHttpEndpoint =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.vertx.member.grpc..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.quorate.vertx.member.http..");

  /** An application's logging framework is not ours to choose. */
  @ArchTest
  static final ArchRule onlyTheProgramLogsByItself =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.quorate.vertx.server.launch..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.slf4j..", "java.util.logging..", "ch.qos.logback..");

  @ArchTest
  static final ArchRule sqlIsNowhere =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..");
}
