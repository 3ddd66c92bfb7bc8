package io.quorate.bbolt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoltFileTest {
  private static final long SEED = 20261130;

  private final Path directory;

  BoltFileTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Map<String, TreeMap<byte[], byte[]>> content = content(new Random(SEED), 3_000, 600);

    Path file = write(content);

    assertThat(text(read(file))).isEqualTo(text(content));
    assertThat(Files.size(file) % BoltWriter.PAGE_BYTES).isZero();
  }

  /** As many levels as large files have: with such keys a branch has few children. */
  @Test
  void treesGrowToManyLevels() throws IOException {
    TreeMap<byte[], byte[]> pairs = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 0; i < 700; i++) {
      byte[] key = new byte[1_900];
      ByteBuffer.wrap(key).putInt(i);
      pairs.put(key, new byte[i % 3 * 2_000]);
    }

    Map<String, TreeMap<byte[], byte[]>> read = read(write(Map.of("deep", pairs)));

    assertThat(text(read)).isEqualTo(text(Map.of("deep", pairs)));
  }

  @Test
  void anEmptyFileHasNoBuckets() throws IOException {
    assertThat(read(write(Map.of()))).isEmpty();
  }

  @Test
  void aBucketThatIsNotThereIsNone() throws IOException {
    Path file = write(Map.of("a", new TreeMap<>(Arrays::compareUnsigned)));
    try (FileChannel channel = FileChannel.open(file)) {
      BoltReader reader = BoltReader.open(channel, channel.size());

      assertThat(reader.forEach(bytes("a"), (key, value) -> {})).isTrue();
      assertThat(reader.forEach(bytes("b"), (key, value) -> {})).isFalse();
    }
  }

  @Test
  void keysMustAscend() throws IOException {
    try (FileChannel channel = create(directory.resolve("file"))) {
      BoltWriter writer = new BoltWriter(channel);
      writer.beginBucket(bytes("a"));
      writer.put(bytes("k2"), bytes(""));

      assertThatThrownBy(() -> writer.put(bytes("k1"), bytes("")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Damage in keys and values is not seen, all other damage is; nothing else may happen. */
  @Test
  void flippedBitsAreAnErrorOrNotSeen() throws IOException {
    Random random = new Random(SEED);
    byte[] sound = Files.readAllBytes(write(content(random, 400, 3)));
    Path file = directory.resolve("damaged");
    int errors = 0;
    for (int i = 0; i < 1_500; i++) {
      byte[] damaged = sound.clone();
      int at = i < 1_000 ? structureByte(sound, random) : random.nextInt(sound.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      try {
        readAll(file);
      } catch (BoltException e) {
        errors++;
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
    assertThat(errors).as("seed %s", SEED).isGreaterThan(300);
  }

  /** In the header of a page or one of its first elements. */
  private static int structureByte(byte[] file, Random random) {
    int page = random.nextInt(file.length / BoltWriter.PAGE_BYTES);
    return page * BoltWriter.PAGE_BYTES + random.nextInt(80);
  }

  @Test
  void randomPagesAreAnError() throws IOException {
    Random random = new Random(SEED);
    byte[] sound = Files.readAllBytes(write(content(random, 400, 3)));
    Path file = directory.resolve("damaged");
    for (int i = 0; i < 200; i++) {
      byte[] damaged = sound.clone();
      int page = 3 + random.nextInt(sound.length / BoltWriter.PAGE_BYTES - 3);
      byte[] noise = new byte[BoltWriter.PAGE_BYTES];
      random.nextBytes(noise);
      ByteBuffer.wrap(noise).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(0, page);
      System.arraycopy(noise, 0, damaged, page * noise.length, noise.length);
      Files.write(file, damaged);
      try {
        readAll(file);
      } catch (BoltException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void aTruncatedFileIsNamedAsSuch() throws IOException {
    Path file = write(content(new Random(SEED), 400, 50));
    byte[] sound = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(sound, sound.length - 512));

    assertThatThrownBy(() -> readAll(file))
        .isInstanceOf(BoltException.class)
        .hasMessageContaining("truncated");
  }

  @Test
  void anotherFileIsNamedAsSuch() throws IOException {
    Path file = directory.resolve("other");
    Files.write(file, new byte[20_000]);

    assertThatThrownBy(() -> readAll(file))
        .isInstanceOf(BoltException.class)
        .hasMessageContaining("not a bbolt file");
  }

  @Test
  void aPageThatIsItsOwnChildIsAnError() throws IOException {
    TreeMap<byte[], byte[]> pairs = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 0; i < 1_000; i++) {
      pairs.put(bytes(String.format("key-%06d", i)), new byte[64]);
    }
    byte[] damaged = Files.readAllBytes(write(Map.of("a", pairs)));
    ByteBuffer file = ByteBuffer.wrap(damaged).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int branch = 3;
    while (file.getShort(branch * BoltWriter.PAGE_BYTES + 8) != BoltFormat.BRANCH) {
      branch++;
    }
    file.putLong(branch * BoltWriter.PAGE_BYTES + 24, branch);
    Path path = directory.resolve("cycle");
    Files.write(path, damaged);

    assertThatThrownBy(() -> readAll(path))
        .isInstanceOf(BoltException.class)
        .hasMessageContaining("twice");
  }

  // ---- helpers

  /** Buckets of all sizes: none, inline, one page, many; values of up to many pages. */
  private static Map<String, TreeMap<byte[], byte[]>> content(Random random, int large, int small) {
    Map<String, TreeMap<byte[], byte[]>> content = new LinkedHashMap<>();
    content.put("empty", new TreeMap<>(Arrays::compareUnsigned));
    content.put("inline", pairs(random, 3, 20));
    content.put("large", pairs(random, large, 300));
    content.put("onepage", pairs(random, 20, 100));
    content.put("values", pairs(random, small, 20_000));
    return content;
  }

  private static TreeMap<byte[], byte[]> pairs(Random random, int count, int maxValueBytes) {
    TreeMap<byte[], byte[]> pairs = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 0; i < count; i++) {
      byte[] key = new byte[1 + random.nextInt(40)];
      random.nextBytes(key);
      byte[] value = new byte[random.nextInt(maxValueBytes)];
      random.nextBytes(value);
      pairs.put(key, value);
    }
    return pairs;
  }

  private Path write(Map<String, TreeMap<byte[], byte[]>> content) throws IOException {
    Path file = Files.createTempFile(directory, "bolt", ".db");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      BoltWriter writer = new BoltWriter(channel);
      for (Map.Entry<String, TreeMap<byte[], byte[]>> bucket : content.entrySet()) {
        writer.beginBucket(bytes(bucket.getKey()));
        for (Map.Entry<byte[], byte[]> pair : bucket.getValue().entrySet()) {
          writer.put(pair.getKey(), pair.getValue());
        }
      }
      writer.finish();
    }
    return file;
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private static void readAll(Path file) throws IOException {
    read(file);
  }

  private static Map<String, TreeMap<byte[], byte[]>> read(Path file) throws IOException {
    Map<String, TreeMap<byte[], byte[]>> content = new LinkedHashMap<>();
    try (FileChannel channel = FileChannel.open(file)) {
      BoltReader reader = BoltReader.open(channel, channel.size());
      List<byte[]> names = new ArrayList<>();
      reader.forEachBucket(names::add);
      for (byte[] name : names) {
        TreeMap<byte[], byte[]> pairs = new TreeMap<>(Arrays::compareUnsigned);
        reader.forEach(name, (key, value) -> pairs.put(key, value == null ? new byte[0] : value));
        content.put(new String(name, StandardCharsets.ISO_8859_1), pairs);
      }
    }
    return content;
  }

  private static String text(Map<String, TreeMap<byte[], byte[]>> content) {
    StringBuilder text = new StringBuilder();
    content.forEach(
        (name, pairs) -> {
          text.append(name).append('\n');
          pairs.forEach(
              (key, value) ->
                  text.append(Base64.getEncoder().encodeToString(key))
                      .append(' ')
                      .append(Arrays.hashCode(value))
                      .append(' ')
                      .append(value.length)
                      .append('\n'));
        });
    return text.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
