package io.quorate.vertx.support;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** It is below everything else, and small. */
@AnalyzeClasses(
    packages = "io.quorate.vertx.support",
    importOptions = ImportOption.DoNotIncludeTests.class)
class SupportWallsTest {

  @ArchTest
  static final ArchRule itNeedsNothingButVertx =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.support",
              "io.vertx.core",
              "io.vertx.core.internal",
              "io.vertx.core.json",
              "java.lang..",
              "java.util..",
              "org.jspecify..");
}
