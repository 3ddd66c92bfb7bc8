package io.quorate.raft;

/**
 * What a member must not forget (Raft paper fig. 2, persistent state).
 *
 * @param vote the member that this member voted for in {@code term}, 0 for none
 * @param commit highest index known to be committed; a hint, may lag behind
 */
public record HardState(long term, long vote, long commit) {
  public static final HardState EMPTY = new HardState(0, 0, 0);
}
