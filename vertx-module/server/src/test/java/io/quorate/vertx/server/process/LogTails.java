package io.quorate.vertx.server.process;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Appends the last lines of the members' logs to the failure of a test. */
final class LogTails
    implements TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler,
        AfterEachCallback {

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw explained(context, failure);
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw explained(context, failure);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw explained(context, failure);
  }

  private static Throwable explained(ExtensionContext context, Throwable failure) {
    System.err.println(context.getDisplayName() + ": " + failure);
    System.err.println(ProcessCluster.tails());
    return failure;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    ProcessCluster.forget();
  }
}
