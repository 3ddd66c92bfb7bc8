package io.quorate.command;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.concurrent.ThreadLocalRandom;

/** The language everybody speaks knows nobody who speaks it. */
@AnalyzeClasses(
    packages = "io.quorate.command",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class CommandWallsTest {

  @ArchTest
  static final ArchRule COMMANDS_KNOW_THEMSELVES_AND_JAVA =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.command..",
              "java.lang..",
              "java.math..",
              "java.net..",
              "java.nio..",
              "java.util..",
              "org.jspecify..")
          .because("applying them reads no clock, and who decides is tested without who talks");

  @ArchTest
  static final ArchRule COMMANDS_READ_NO_CLOCK_AND_NO_CHANCE =
      noClasses()
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(
              java.util.Random.class, java.util.SplittableRandom.class, ThreadLocalRandom.class)
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.random..", "java.util.logging..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.lang\\.System\\$Logger.*")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.util.UUID.class, "randomUUID")
          .orShould()
          .callMethod(Math.class, "random")
          .because(
              "apply is a function of state and entry; the leader puts what is needed into it");
}
