package io.quorate.vertx.client;

/** The store as a member in this process shows it: what the servers for clients stand before. */
public interface MemberStore extends QuorateStore {

  /** A look at this member; local, never waits. Any thread. */
  MemberStatus memberStatus();
}
