package io.quorate.cluster;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** How the packages of the cluster manager may depend on each other and on others. */
@AnalyzeClasses(
    packages = "io.quorate.cluster",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ClusterWallsTest {

  @ArchTest
  static final ArchRule thereAreNoCirclesBetweenPackages =
      slices().matching("io.quorate.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule optionsAreMerelyValues =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.cluster.options")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.cluster", "io.quorate.cluster.connection", "io.quorate.vertx.member..");

  /** Maps, locks, counters and registrations need a client, whatever is behind it. */
  @ArchTest
  static final ArchRule onlyConnectionsKnowAMember =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.quorate.cluster.connection")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.vertx.member..", "io.quorate.node..", "io.quorate.raft..");
}
