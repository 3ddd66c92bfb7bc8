package io.quorate.history;

/**
 * A promise that a history shows broken.
 *
 * @param promise which one, in a word or two
 * @param explanation for a person to read: what was expected, what was seen
 */
public record Violation(String promise, String explanation) {
  @Override
  public String toString() {
    return promise + ": " + explanation;
  }
}
