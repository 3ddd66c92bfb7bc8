package io.quorate.walls;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The walls between the packages of core, checked on bytecode. */
@AnalyzeClasses(
    packages = "io.quorate",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class WallsTest {
  private static final String[] PURE = {
    "io.quorate.apply..",
    "io.quorate.mvcc..",
    "io.quorate.lease..",
    "io.quorate.auth..",
    "io.quorate.codec.."
  };

  private static final DescribedPredicate<JavaClass> CHANCE =
      DescribedPredicate.describe(
          "a source of chance",
          c ->
              c.getName().equals("java.util.Random")
                  || c.getName().equals("java.util.SplittableRandom")
                  || c.getName().equals("java.security.SecureRandom")
                  || c.getName().equals("java.util.concurrent.ThreadLocalRandom")
                  || c.getPackageName().equals("java.util.random"));

  @ArchTest
  static final ArchRule CORE_SEES_NEITHER_NETWORK_NOR_LOGGING_FRAMEWORKS =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.vertx..", "io.netty..", "io.grpc..", "com.google.protobuf..", "org.slf4j..")
          .because("what decides must run, and be tested, without what talks");

  @ArchTest
  static final ArchRule RAFT_KNOWS_ONLY_ITSELF_AND_COLLECTIONS =
      classes()
          .that()
          .resideInAPackage("io.quorate.raft..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.quorate.raft..",
              "java.lang",
              "java.lang.annotation",
              "java.lang.invoke",
              "java.lang.runtime",
              "java.util",
              "java.util.function",
              "java.util.stream",
              "org.jspecify..")
          .allowEmptyShould(true)
          .because("a step must give the same answer on every run; ticks and a seed come in");

  @ArchTest
  static final ArchRule RAFT_HAS_NO_CLOCK_CHANCE_OR_THREAD =
      noClasses()
          .that()
          .resideInAPackage("io.quorate.raft..")
          .should()
          .dependOnClassesThat(
              CHANCE.or(
                  DescribedPredicate.describe(
                      "a thread, timer, unordered collection or logger",
                      c ->
                          c.getName().equals("java.util.UUID")
                              || c.getName().equals("java.util.Timer")
                              || c.getName().equals("java.util.HashMap")
                              || c.getName().equals("java.util.HashSet")
                              || c.getName().equals("java.util.IdentityHashMap")
                              || c.getName().equals("java.lang.Thread")
                              || c.getName().equals("java.lang.ThreadLocal")
                              || c.getName().startsWith("java.lang.System$Logger"))))
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "getenv", String.class)
          .orShould()
          .callMethod(System.class, "getProperty", String.class)
          .orShould()
          .callMethod(Math.class, "random")
          .allowEmptyShould(true)
          .because("ticks and a seed come in as arguments");

  @ArchTest
  static final ArchRule APPLYING_READS_NO_CLOCK_AND_NO_CHANCE =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat(CHANCE)
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.time.Clock")
          .orShould()
          .callMethod(java.util.UUID.class, "randomUUID")
          .orShould()
          .callMethod(Math.class, "random")
          .allowEmptyShould(true)
          .because(
              "apply is a function of state and entry; the leader puts into the log what is needed");

  @ArchTest
  static final ArchRule WHAT_DECIDES_DOES_NOT_LOG =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.lang\\.System\\$Logger.*")
          .allowEmptyShould(true)
          .because("what there is to say is in the result");

  @ArchTest
  static final ArchRule FOREIGN_FORMATS_KNOW_NOTHING_OF_US =
      classes()
          .that()
          .resideInAnyPackage("io.quorate.bbolt..", "io.quorate.wire..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.quorate.bbolt..", "io.quorate.wire..", "java..", "org.jspecify..")
          .because("what is in such a file is the business of io.quorate.snapshot");

  @ArchTest
  static final ArchRule SQL_STAYS_IN_ITS_STORE =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.quorate.store.sqlite..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..")
          .because("foreign types stop at their edge");

  @ArchTest
  static final ArchRule THERE_ARE_NO_CIRCLES_BETWEEN_PACKAGES =
      slices()
          .matching("io.quorate.(*)..")
          .should()
          .beFreeOfCycles()
          .because("what knows each other in a circle can only be read, and changed, as one");
}
