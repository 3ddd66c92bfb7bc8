package io.quorate.codec;

import io.quorate.command.FeatureLevel;

/** Versions of the formats for batches and changes in the log, and frames between members. */
public final class FormatVersion {
  /** The format of the first release. */
  public static final int FIRST = 1;

  /** Contains the {@link io.quorate.command.Caller} of each request. */
  public static final int WITH_CALLERS = 2;

  private FormatVersion() {}

  /** The version that is written while this {@link FeatureLevel} is in force. */
  public static int at(int level) {
    return level >= FeatureLevel.CALLERS ? WITH_CALLERS : FIRST;
  }

  static int read(Reader in) {
    return in.version(FIRST, WITH_CALLERS);
  }
}
