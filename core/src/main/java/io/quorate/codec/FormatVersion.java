package io.quorate.codec;

import io.quorate.command.FeatureLevel;

/** Versions of what carries commands: batches and changes in the log, frames between members. */
public final class FormatVersion {
  /** Of the first release. */
  public static final int FIRST = 1;

  /** Says who asks. */
  public static final int WITH_CALLERS = 2;

  private FormatVersion() {}

  /** What is written while this {@link FeatureLevel} is in force. */
  public static int at(int level) {
    return level >= FeatureLevel.CALLERS ? WITH_CALLERS : FIRST;
  }

  static int read(Reader in) {
    return in.version(FIRST, WITH_CALLERS);
  }
}
