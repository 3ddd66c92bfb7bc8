package io.quorate.vertx.member.fault;

/** This member was removed from its cluster; its id can never become a member again. */
public final class MemberRemovedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MemberRemovedException() {
    super(
        "the member has been permanently removed from the cluster; to take part again, wipe its"
            + " data directory and add it anew");
  }
}
