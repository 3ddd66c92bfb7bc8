package io.quorate.apply;

import java.io.IOException;

/** What a store holds is not what was written into it: the member must not run on it. */
public final class DamagedStateException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param cause says which file, and what was found
   */
  public DamagedStateException(Exception cause) {
    super(cause.getMessage(), cause);
  }
}
