package io.quorate.command;

/**
 * What members may send each other and write into the log, as a number. A cluster is at a level
 * that all of its members understand, so members can be replaced by those of a newer release one
 * after the other. Once all members understand a higher level, the leader raises it by a command;
 * from then on older releases refuse this cluster and its data.
 *
 * <p>To add a level, add a constant here, and use it in {@link Command.Kind} for the kinds that
 * come with it.
 */
public final class FeatureLevel {
  /** The first release. */
  public static final int FIRST = 1;

  /** Log and messages contain the {@link Caller}. */
  public static final int CALLERS = 2;

  /**
   * There are users and roles, and callers may have to be allowed what they ask for; the state's
   * file can give space back to the disk.
   */
  public static final int AUTH = 3;

  /** The highest one that this release understands. */
  public static final int NEWEST = AUTH;

  private FeatureLevel() {}
}
