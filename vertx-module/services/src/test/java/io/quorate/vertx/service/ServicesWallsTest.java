package io.quorate.vertx.service;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Callers do not depend on a member. */
@AnalyzeClasses(
    packages = "io.quorate.vertx.service",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ServicesWallsTest {

  @ArchTest
  static final ArchRule callersNeedNothingButVertx =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.vertx.service")
          .and()
          .doNotHaveSimpleName("QuorateVerticle")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages(
              "java..",
              "io.vertx..",
              "org.jspecify..",
              "io.quorate.vertx.service",
              "io.quorate.vertx.support");

  @ArchTest
  static final ArchRule theVerticleLoadsWithoutAMember =
      noClasses()
          .that()
          .haveSimpleName("QuorateVerticle")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.member..",
              "io.quorate.vertx.client..",
              "io.quorate.vertx.server.launch..",
              "io.quorate.command..");

  /** Except the verticle, which users deploy by its name and which starts the serving side. */
  @ArchTest
  static final ArchRule thereAreNoCirclesBetweenPackages =
      slices()
          .matching("io.quorate.vertx.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(simpleName("QuorateVerticle"), alwaysTrue());
}
