package io.quorate.vertx.client;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A client does not depend on the code of members, and foreign types stay at their edge. */
@AnalyzeClasses(
    packages = "io.quorate.vertx.client",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ClientWallsTest {

  /** A client needs neither Raft, nor SQLite, nor a member, nor a logging framework. */
  @ArchTest
  static final ArchRule theClientStandsOnCommandsAndVertx =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.client..",
              "io.quorate.command..",
              "io.quorate.vertx.support",
              "io.vertx.core..",
              "io.vertx.grpc.client..",
              "io.vertx.grpc.common..",
              "io.netty..",
              "com.google.protobuf..",
              "java.io..",
              "java.lang..",
              "java.math..",
              "java.net..",
              "java.nio..",
              "java.security..",
              "java.time..",
              "java.util",
              "java.util.concurrent..",
              "java.util.function..",
              "java.util.regex..",
              "java.util.stream..",
              "javax.net.ssl..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule protobufStaysInTheGrpcEdges =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.quorate.vertx.client.api..",
              "io.quorate.vertx.client.remote..",
              "io.quorate.vertx.client.proto..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.google.protobuf..", "io.quorate.vertx.client.proto..", "io.vertx.grpc..");

  /** Servers and clients use the table of RPCs; the table depends on neither. */
  @ArchTest
  static final ArchRule theTableOfRpcsDependsOnNoServer =
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
                              "io.quorate.vertx.client.api..",
                              "io.quorate.vertx.client.proto.."))));

  @ArchTest
  static final ArchRule thereAreNoCirclesBetweenPackages =
      slices().matching("io.quorate.vertx.(**)").should().beFreeOfCycles();
}
