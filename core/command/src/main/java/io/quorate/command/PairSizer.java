package io.quorate.command;

/** Computes how large a pair will be in an answer, before its value has been read. */
public interface PairSizer {
  /** Keys and values alone. */
  PairSizer RAW =
      (key, valueBytes, createRevision, modRevision, version, lease) -> key.length() + valueBytes;

  /**
   * @return in bytes
   */
  long bytes(
      Bytes key, int valueBytes, long createRevision, long modRevision, long version, long lease);
}
