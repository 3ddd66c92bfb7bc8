package io.quorate.vertx.member;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Foreign types stop at their edge. */
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

  /** A member asks nobody over the network for what it has itself. */
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

  /** What is the program's, an application that has a member would have to take as well. */
  @ArchTest
  static final ArchRule theMemberKnowsNoProgram =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.server..", "picocli..", "org.yaml..", "org.HdrHistogram..");

  /** An application's logging framework is not ours to choose. */
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
