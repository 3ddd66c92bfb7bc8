package io.quorate.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.node.LogStore.Damaged;
import io.quorate.node.LogStore.Existing;
import io.quorate.node.LogStore.Recovered;
import io.quorate.node.LogStore.Write;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.store.sqlite.StoppedMember.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Changes the files of a stopped member, one place at a time, and starts its stores. Either the
 * damage is named, or what is read back is what had been written; for the state also what had been
 * written up to an earlier commit, as the log has the rest.
 *
 * <p>{@code -Dquorate.bitflip.step=1} changes a bit in every single byte of every file.
 */
class BitFlipTest {
  private static final int STEP = Integer.getInteger("quorate.bitflip.step", 0);
  private static final int SWEEP_TRIALS = 100;
  private static final int PAGE_BYTES = 4096;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private static Path temporary;

  @SuppressWarnings("NullAway.Init")
  private static StoppedMember killed;

  @SuppressWarnings("NullAway.Init")
  private static StoppedMember closed;

  /** Closed, unless a test is about what only a killed one leaves. */
  private StoppedMember member = closed;

  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);

  private enum Outcome {
    /** The start was refused, and the reason names a file. */
    NAMED,
    /** Everything was read back as it had been written. */
    UNCHANGED,
    /** The state as of an earlier commit, whole. */
    OLDER
  }

  @BeforeAll
  static void stopMembers() throws IOException {
    killed = new StoppedMember(temporary.resolve("killed"), true);
    closed = new StoppedMember(temporary.resolve("closed"), false);
  }

  @Test
  void whatWasWrittenIsReadBackIfNothingIsChanged() throws Exception {
    for (StoppedMember one : List.of(killed, closed)) {
      member = one;
      for (String name : List.of("log.db", "state.db", "format")) {
        assertThat(start(name, file(name))).isEqualTo(Outcome.UNCHANGED);
      }
    }
    assertThat(pagesOf("log.db").keySet()).containsAll(List.of(PageKind.values()));
    assertThat(pagesOf("state.db").keySet()).containsAll(List.of(PageKind.values()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"log.db", "state.db"})
  void theHeaderOfADatabase(String name) throws Exception {
    for (int offset :
        new int[] {0, 15, 16, 17, 18, 19, 20, 21, 22, 23, 44, 47, 48, 52, 55, 56, 59}) {
      assertThat(flipped(name, offset)).as("byte %d", offset).isEqualTo(Outcome.NAMED);
    }
    for (int offset : new int[] {60, 63, 64, 68, 71, 72, 91}) {
      assertThat(flipped(name, offset)).as("byte %d", offset).isEqualTo(Outcome.NAMED);
    }
    // change counter, size, free list, schema cookie, version-valid-for, SQLite's version
    for (int offset = 24; offset < 44; offset++) {
      flipped(name, offset);
    }
    for (int offset = 92; offset < 100; offset++) {
      flipped(name, offset);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"log.db", "state.db"})
  void pagesOfEachKind(String name) throws Exception {
    for (Map.Entry<PageKind, List<Integer>> kind : pagesOf(name).entrySet()) {
      List<Integer> pages = kind.getValue();
      outcomes.clear();
      for (int page : new int[] {pages.get(0), pages.get(pages.size() - 1)}) {
        int start = page * PAGE_BYTES + (page == 0 ? 100 : 0);
        for (int offset = 0; offset < 16; offset++) { // its header, and the first cell pointers
          flipped(name, start + offset);
        }
        for (int offset : random(10, PAGE_BYTES - 100)) {
          flipped(name, start + offset);
        }
        start(name, zeroed(name, page));
      }
      System.out.println(name + ", " + kind.getKey() + " pages: " + outcomes);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"log.db", "state.db"})
  void theTextOfTheSchema(String name) throws Exception {
    byte[] text = "CREATE TABLE ".getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = file(name);
    for (int at = indexOf(bytes, text, 0); at >= 0; at = indexOf(bytes, text, at + 1)) {
      for (int i = 0; i < 90; i += 9) {
        flipped(name, at + i);
      }
    }
    assertThat(outcomes.keySet()).containsExactly(Outcome.NAMED);
  }

  @Test
  void eachColumnOfARow() throws Exception {
    Entry checkpointed = member.log().entries().get(20);
    everyByteOf("log.db", checkpointed.data());
    assertThat(outcomes.keySet()).containsExactly(Outcome.NAMED);
    outcomes.clear();
    everyByteOf("state.db", recordValue(170));
    everyByteOf("state.db", "voters=1,2,".getBytes(StandardCharsets.US_ASCII));
    everyByteOf("state.db", "http://h-3:2380".getBytes(StandardCharsets.US_ASCII));
    everyByteOf("state.db", "NOSPACE".getBytes(StandardCharsets.US_ASCII));
    System.out.println("rows of state.db: " + outcomes);
    assertThat(outcomes).containsKey(Outcome.NAMED);
    assertThat(outcomes).doesNotContainKey(Outcome.OLDER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"log.db-wal", "state.db-wal"})
  void theWriteAheadLogs(String name) throws Exception {
    member = killed;
    int frames = (file(name).length - 32) / (24 + PAGE_BYTES);
    for (int offset = 0; offset < 32; offset++) {
      flipped(name, offset);
    }
    for (int frame : new int[] {0, frames / 4, frames / 3, frames / 2, frames - 1}) {
      int start = 32 + frame * (24 + PAGE_BYTES);
      for (int offset = 0; offset < 24; offset += 2) {
        flipped(name, start + offset);
      }
      for (int offset : random(6, PAGE_BYTES)) {
        flipped(name, start + 24 + offset);
      }
    }
    System.out.println(name + ": " + outcomes);
    if (name.startsWith("log")) {
      assertThat(outcomes.keySet()).containsExactly(Outcome.NAMED);
    } else {
      assertThat(outcomes).containsKeys(Outcome.NAMED, Outcome.OLDER);
      assertThat(outcomes).doesNotContainKey(Outcome.UNCHANGED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"format", "log.synced"})
  void everyBitOfTheSmallFiles(String name) throws Exception {
    for (int bit = 0; bit < file(name).length * 8; bit++) {
      assertThat(start(name, StoppedMember.flip(file(name), bit / 8, bit % 8)))
          .as("bit %d", bit)
          .isEqualTo(Outcome.NAMED);
    }
  }

  /** Its content is made anew by the first that opens the database. */
  @ParameterizedTest
  @ValueSource(strings = {"log.db-shm", "state.db-shm"})
  void theSharedMemoryOfTheWriteAheadLogIsNotBelieved(String name) throws Exception {
    member = killed;
    for (int offset : random(20, file(name).length)) {
      assertThat(flipped(name, offset)).as("byte %d", offset).isEqualTo(Outcome.UNCHANGED);
    }
    for (int offset = 0; offset < 136; offset += 8) {
      assertThat(flipped(name, offset)).as("byte %d", offset).isEqualTo(Outcome.UNCHANGED);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"log.db", "log.db-wal", "log.synced", "state.db", "state.db-wal", "format"})
  void filesThatWereCutShort(String name) throws Exception {
    member = name.endsWith("-wal") ? killed : closed;
    int length = file(name).length;
    for (int left :
        new int[] {0, 1, 15, 31, 99, 512, 5000, length / 2, length - 4096, length - 1}) {
      if (left >= 0 && left < length) {
        Outcome outcome = start(name, Arrays.copyOf(file(name), left));
        if (!name.equals("state.db-wal")) {
          assertThat(outcome).as("%d bytes left", left).isEqualTo(Outcome.NAMED);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"log.db", "log.db-wal", "state.db", "state.db-wal"})
  void aBitHereAndThereAllOverAFile(String name) throws Exception {
    member = name.endsWith("-wal") ? killed : closed;
    int length = file(name).length;
    int step = STEP > 0 ? STEP : Math.max(1, length / SWEEP_TRIALS);
    Random random = new Random(name.hashCode());
    for (int offset = random.nextInt(step); offset < length; offset += step) {
      start(name, StoppedMember.flip(file(name), offset, random.nextInt(8)));
    }
    System.out.println(name + ", a bit every " + step + " bytes: " + outcomes);
    assertThat(outcomes).containsKey(Outcome.NAMED);
  }

  // ---- one trial

  private Outcome flipped(String name, int offset) throws IOException {
    byte[] bytes = file(name);
    return start(name, StoppedMember.flip(bytes, offset, offset * 5 % 8));
  }

  /** Starts what reads the file, with this content in it. */
  private Outcome start(String name, byte[] content) throws IOException {
    member.restore(name, content);
    Outcome outcome;
    try {
      try (DataDirectory directory = DataDirectory.open(member.root())) {
        outcome = name.startsWith("state") ? state(directory) : log(directory);
      }
    } catch (StoreException e) {
      assertNamed(name, String.valueOf(e.getMessage()));
      outcome = Outcome.NAMED;
    } catch (RuntimeException e) {
      throw new AssertionError(where(name, content), e);
    } catch (AssertionError e) {
      throw new AssertionError(where(name, content) + ": " + e.getMessage(), e);
    }
    outcomes.merge(outcome, 1, Integer::sum);
    return outcome;
  }

  private Outcome log(DataDirectory directory) throws IOException {
    LogPosition next = new LogPosition(9, member.log().entries().size() + 121L);
    Entry entry = new Entry(next, Entry.Kind.NORMAL, new byte[5000]);
    try (SqliteLogStore store = new SqliteLogStore(directory)) {
      Recovered found = store.recover();
      if (found instanceof Damaged damaged) {
        assertNamed("log.", damaged.what());
        return Outcome.NAMED;
      }
      assertSame((Existing) found, member.log().entries());
      store.write(List.of(new Write(null, List.of(entry), null)));
    }
    // and what was harmless then has become so for good
    List<Entry> all = new ArrayList<>(member.log().entries());
    all.add(entry);
    try (SqliteLogStore store = new SqliteLogStore(directory)) {
      assertSame((Existing) store.recover(), all);
    }
    return Outcome.UNCHANGED;
  }

  private void assertSame(Existing found, List<Entry> entries) {
    assertThat(found.identity()).isEqualTo(member.log().identity());
    assertThat(found.hardState()).isEqualTo(member.log().hardState());
    assertThat(found.start()).isEqualTo(member.log().start());
    assertThat(text(found.entries()).equals(text(entries))).as("same entries").isTrue();
  }

  private static String text(List<Entry> entries) {
    StringBuilder text = new StringBuilder();
    for (Entry entry : entries) {
      text.append(entry.position()).append(entry.kind());
      text.append(HexFormat.of().formatHex(entry.data())).append('\n');
    }
    return text.toString();
  }

  private Outcome state(DataDirectory directory) throws IOException {
    Content found;
    try (SqliteStateStore store = SqliteStateStore.open(directory)) {
      found = StoppedMember.read(store, directory.stateFile());
    }
    Content written = member.stateAfter(found.loaded().applied().index());
    assertThat(found.equals(written)).as("the content is that of a commit").isTrue();
    return written.equals(member.state()) ? Outcome.UNCHANGED : Outcome.OLDER;
  }

  private static void assertNamed(String name, String message) {
    String database = name.replaceAll("[.].*", ".");
    assertThat(message).contains("member/" + database.replace("format.", "format"));
    assertThat(message).doesNotContain("\n");
  }

  private String where(String name, byte[] content) {
    int at = Arrays.mismatch(file(name), content);
    return name + " changed from byte " + at + " on (page " + (at / PAGE_BYTES + 1) + ")";
  }

  // ---- where things are

  private enum PageKind {
    INTERIOR,
    LEAF,
    FREE,
    OVERFLOW
  }

  private Map<PageKind, List<Integer>> pagesOf(String name) {
    ByteBuffer bytes = ByteBuffer.wrap(file(name));
    List<Integer> free = new ArrayList<>();
    for (int trunk = bytes.getInt(32); trunk != 0; trunk = bytes.getInt((trunk - 1) * PAGE_BYTES)) {
      free.add(trunk - 1);
      for (int i = 0; i < bytes.getInt((trunk - 1) * PAGE_BYTES + 4); i++) {
        free.add(bytes.getInt((trunk - 1) * PAGE_BYTES + 8 + 4 * i) - 1);
      }
    }
    Map<PageKind, List<Integer>> pages = new EnumMap<>(PageKind.class);
    for (int page = 0; page < bytes.capacity() / PAGE_BYTES; page++) {
      int type = bytes.get(page * PAGE_BYTES + (page == 0 ? 100 : 0));
      PageKind kind =
          free.contains(page)
              ? PageKind.FREE
              : type == 2 || type == 5
                  ? PageKind.INTERIOR
                  : type == 10 || type == 13 ? PageKind.LEAF : PageKind.OVERFLOW;
      pages.computeIfAbsent(kind, k -> new ArrayList<>()).add(page);
    }
    return pages;
  }

  private void everyByteOf(String name, byte[] text) throws IOException {
    int at = indexOf(file(name), text, 0);
    assertThat(at).as("where %s is in %s", text, name).isPositive();
    for (int i = 0; i < Math.min(text.length, 24); i++) {
      flipped(name, at + i);
    }
    for (int i = 1; i < 12; i++) { // the other columns come before it
      flipped(name, at - i);
    }
  }

  private byte[] recordValue(long id) {
    return member.state().records().stream()
        .filter(record -> record.id() == id)
        .findFirst()
        .orElseThrow()
        .kv()
        .value()
        .array();
  }

  private byte[] zeroed(String name, int page) {
    byte[] bytes = file(name).clone();
    Arrays.fill(bytes, page * PAGE_BYTES, (page + 1) * PAGE_BYTES, (byte) 0);
    return bytes;
  }

  private static int[] random(int count, int bound) {
    return new Random(bound).ints(count, 0, bound).toArray();
  }

  private static int indexOf(byte[] bytes, byte[] text, int from) {
    for (int at = from; at + text.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + text.length, text, 0, text.length)) {
        return at;
      }
    }
    return -1;
  }

  private byte[] file(String name) {
    return member.file(name);
  }
}
