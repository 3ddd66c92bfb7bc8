package io.quorate.command;

/**
 * What members can say to each other and write into the log. A cluster is at the level that all of
 * its members speak: nobody says what somebody would not understand, so members are exchanged for
 * newer ones one after the other. Once all of them are newer the leader raises the level, by a
 * command; from then on older releases refuse this cluster and its data.
 *
 * <p>A new level: a constant here, and in {@link Command.Kind} the level of what it brings.
 */
public final class FeatureLevel {
  /** The first release. */
  public static final int FIRST = 1;

  /** Log and messages say who asks, see {@link Caller}. */
  public static final int CALLERS = 2;

  /** What this release speaks. */
  public static final int NEWEST = CALLERS;

  private FeatureLevel() {}
}
