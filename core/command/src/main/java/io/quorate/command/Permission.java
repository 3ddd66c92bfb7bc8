package io.quorate.command;

/**
 * What a {@link Role} allows, on a range of keys.
 *
 * @param keys as they were given; an end of one zero byte grants everything from the start on
 */
public record Permission(Type type, KeyRange keys) {

  /** Kinds of access, in the order of etcd's numbers. */
  public enum Type {
    READ,
    WRITE,
    READWRITE;

    public boolean reads() {
      return this != WRITE;
    }

    public boolean writes() {
      return this != READ;
    }
  }

  /**
   * Whether a role may hold it: as in etcd, only if the range has a start and is not empty.
   *
   * @param keys of a permission
   */
  public static boolean isValid(KeyRange keys) {
    return !keys.start().isEmpty()
        && (keys.isSingle() || keys.isOpenEnded() || keys.start().compareTo(keys.end()) < 0);
  }
}
