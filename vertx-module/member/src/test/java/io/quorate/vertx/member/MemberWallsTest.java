package io.quorate.vertx.member;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Types of foreign libraries stay in the packages at the edge. */
@AnalyzeClasses(
    packages = "io.quorate.vertx.member",
    importOptions = ImportOption.DoNotIncludeTests.class)
class MemberWallsTest {

  @ArchTest
  static final ArchRule protobufStaysInTheGrpcEdge =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.quorate.vertx.member.grpc..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.google.protobuf..", "io.quorate.vertx.client.proto..", "io.vertx.grpc..");

  @ArchTest
  static final ArchRule theEdgesKnowNoNode =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.quorate.vertx.member.grpc..",
              "io.quorate.vertx.member.http..",
              "io.quorate.vertx.member.lock..",
              "io.quorate.vertx.member.store..")
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
              "io.quorate.vertx.member.peer..");

  /** A member uses no network for what it has itself. */
  @ArchTest
  static final ArchRule theMemberKnowsNoRemoteClient =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.client.remote..",
              "io.quorate.vertx.client.recipe..",
              "io.vertx.grpc.client..");

  @ArchTest
  static final ArchRule grpcKnowsNoHttpEndpoint =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.vertx.member.grpc..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.quorate.vertx.member.http..");

  /** A dependency of the program must not become one of an application with an embedded member. */
  @ArchTest
  static final ArchRule theMemberKnowsNoProgram =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.server..", "picocli..", "org.yaml..", "org.HdrHistogram..");

  /** The application chooses its logging framework. */
  @ArchTest
  static final ArchRule theMemberLogsByVertxAlone =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.slf4j..", "java.util.logging..", "ch.qos.logback..");

  @ArchTest
  static final ArchRule sqlIsNowhere =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..");

  @ArchTest
  static final ArchRule thereAreNoCirclesBetweenPackages =
      slices().matching("io.quorate.vertx.(**)").should().beFreeOfCycles();
}
