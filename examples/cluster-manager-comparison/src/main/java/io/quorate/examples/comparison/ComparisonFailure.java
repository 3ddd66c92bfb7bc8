package io.quorate.examples.comparison;

import org.jspecify.annotations.Nullable;

/** An answer was wrong, failed or did not come: then there is no figure. */
final class ComparisonFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  ComparisonFailure(String message) {
    this(message, null);
  }

  ComparisonFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
