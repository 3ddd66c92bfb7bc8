package io.quorate.node;

/** Time as the node knows it. Asked on the loop, before anything else is looked at. */
@FunctionalInterface
public interface Ticker {

  /**
   * Ticks that have passed since it was last asked, all of them: after a pause what waits must not
   * be taken for having come before it.
   */
  int due();
}
