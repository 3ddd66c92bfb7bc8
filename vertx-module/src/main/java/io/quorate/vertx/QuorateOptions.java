package io.quorate.vertx;

/** Configuration of a member; the seam, to be written with the command line. */
public final class QuorateOptions {}
