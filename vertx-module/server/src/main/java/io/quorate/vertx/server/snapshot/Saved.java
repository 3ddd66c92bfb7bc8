package io.quorate.vertx.server.snapshot;

import java.nio.file.Path;

/**
 * A snapshot that was saved.
 *
 * @param version of the member's storage, as the member tells it
 */
record Saved(Path file, String version) {}
