package io.quorate.node;

/** The node's only clock. Called on the loop, at the beginning of each turn. */
@FunctionalInterface
public interface Ticker {

  /**
   * All ticks that have passed since the last call. None may be left out after a pause of the
   * process, or requests that arrive after the pause would count as made before it.
   */
  int due();
}
