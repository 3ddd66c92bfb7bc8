package io.quorate.sim;

import io.quorate.codec.CommandCodec;
import io.quorate.codec.FormatVersion;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Frames that no correct member sends, from a seed: real ones whose bytes are changed, and well
 * formed ones whose content contradicts itself, the receiver, or what was sent before.
 */
final class FrameFuzzer {
  private static final long[] EXTREMES = {
    0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, 1L << 62, 1L << 32, 1L << 31
  };

  /** Seeds in a row would begin with the same choices. */
  static final long SPREAD = 0x9e3779b97f4a7c15L;

  private final Random random;

  FrameFuzzer(long seed) {
    random = new Random(~seed * SPREAD);
  }

  // ---- bytes

  /** {@code frame} with one to four changes; {@code other} is what a splice takes its end from. */
  byte[] corrupted(byte[] frame, byte[] other) {
    byte[] bytes = frame.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(9)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(20));
        case 4 -> bytes = spliced(bytes, at, new byte[0], at + 1 + random.nextInt(8));
        case 5 -> bytes = spliced(bytes, at, varint(EXTREMES[random.nextInt(9)]), at + 1);
        case 6 -> bytes = spliced(bytes, at, fixed(EXTREMES[random.nextInt(9)]), at + 8);
        case 7 -> bytes = spliced(bytes, at, end(other, at), at);
        default -> {
          bytes = new byte[random.nextInt(200)];
          random.nextBytes(bytes);
          if (bytes.length > 0 && random.nextBoolean()) {
            bytes[0] = (byte) version();
          }
        }
      }
    }
    return bytes;
  }

  private static byte[] end(byte[] other, int length) {
    return Arrays.copyOfRange(other, Math.max(0, other.length - length), other.length);
  }

  private static byte[] spliced(byte[] bytes, int from, byte[] with, int to) {
    int end = Math.min(to, bytes.length);
    byte[] result = new byte[from + with.length + bytes.length - end];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(with, 0, result, from, with.length);
    System.arraycopy(bytes, end, result, from + with.length, bytes.length - end);
    return result;
  }

  private static byte[] varint(long value) {
    byte[] bytes = new byte[10];
    int size = 0;
    long rest = value;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      bytes[size++] = (byte) (rest | 0x80);
    }
    bytes[size++] = (byte) rest;
    return Arrays.copyOf(bytes, size);
  }

  private static byte[] fixed(long value) {
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (value >>> (56 - 8 * i));
    }
    return bytes;
  }

  // ---- content

  /** What {@code from} might say to {@code to} if it made no sense. */
  PeerFrame nonsense(SimWorld world, long from, long to, List<PeerMessage> real) {
    List<PeerMessage> messages = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      messages.add(
          real.isEmpty() || random.nextInt(3) == 0
              ? invented(world, from, to)
              : changed(world, from, to, real.get(random.nextInt(real.size()))));
    }
    return new PeerFrame(
        version(),
        SimWorld.CLUSTER,
        from,
        to,
        random.nextLong(),
        number(random.nextInt(1000)),
        messages);
  }

  /** A real message in which about one number in four is another one. */
  private PeerMessage changed(SimWorld world, long from, long to, PeerMessage message) {
    if (message instanceof PeerMessage.OfRaft raft) {
      return new PeerMessage.OfRaft(changed(world, from, to, raft.message()));
    } else if (message instanceof PeerMessage.SnapshotChunk c) {
      return changed(c, world.node(to).status().term());
    } else if (message instanceof PeerMessage.SnapshotAck a) {
      return new PeerMessage.SnapshotAck(
          maybe(a.transfer()), maybe(a.offset()), mutate() ? "no" : a.refused());
    } else if (message instanceof PeerMessage.HashAsk a) {
      return new PeerMessage.HashAsk(maybe(a.context()), maybe(a.revision()));
    } else if (message instanceof PeerMessage.LeaseAsk a) {
      return new PeerMessage.LeaseAsk(
          maybe(a.context()), a.question(), caller(), maybe(a.leaseId()));
    } else if (message instanceof PeerMessage.LeaseAnswer a) {
      return new PeerMessage.LeaseAnswer(
          maybe(a.context()), maybe(a.ttlSeconds()), maybe(a.grantedTtlSeconds()), reason());
    } else if (message instanceof PeerMessage.Forward f) {
      return new PeerMessage.Forward(
          f.proposals().stream()
              .map(
                  p ->
                      new Proposal(
                          maybe(p.origin()), maybe(p.requestId()), caller(), command(p.command())))
              .toList());
    } else if (message instanceof PeerMessage.ForwardChange c) {
      return new PeerMessage.ForwardChange(maybe(c.requestId()), change());
    }
    return invented(world, from, to);
  }

  /** In one thing, since all of it has to fit for the receiver to go on. */
  private PeerMessage changed(PeerMessage.SnapshotChunk c, long term) {
    int what = random.nextInt(8);
    byte[] data = what == 0 ? bytes() : c.data();
    LogPosition at = c.meta().position();
    LogPosition ahead = new LogPosition(at.term(), at.index() + 1 + random.nextInt(40));
    return new PeerMessage.SnapshotChunk(
        what == 1 ? number(c.transfer()) : c.transfer(),
        term + random.nextInt(2),
        new SnapshotMeta(what > 3 ? ahead : at, what == 2 ? conf() : c.meta().conf()),
        what == 3 ? number(c.totalBytes()) : c.totalBytes(),
        what == 4 ? number(c.offset()) : c.offset(),
        what == 5 ? random.nextInt() : crc32c(data),
        data);
  }

  private Message changed(SimWorld world, long from, long to, Message m) {
    long term = number(world.node(to).status().term() + random.nextInt(2));
    if (m instanceof Message.AppendRequest a) {
      return new Message.AppendRequest(
          from, to, term, maybe(a.prev()), maybe(a.entries()), maybe(a.commit()));
    } else if (m instanceof Message.AppendResponse a) {
      return new Message.AppendResponse(
          from, to, term, maybe(a.index()), mutate() != a.rejected(), maybe(a.hint()));
    } else if (m instanceof Message.Heartbeat h) {
      return new Message.Heartbeat(from, to, term, maybe(h.commit()), maybe(h.readRound()));
    } else if (m instanceof Message.HeartbeatResponse h) {
      return new Message.HeartbeatResponse(from, to, term, maybe(h.readRound()));
    } else if (m instanceof Message.VoteRequest v) {
      return new Message.VoteRequest(from, to, term, maybe(v.last()), mutate(), mutate());
    } else if (m instanceof Message.VoteResponse v) {
      return new Message.VoteResponse(
          from, to, term, random.nextBoolean(), mutate(), maybe(v.committed()));
    } else if (m instanceof Message.ReadIndexRequest r) {
      return new Message.ReadIndexRequest(from, to, term, maybe(r.context()));
    } else if (m instanceof Message.ReadIndexResponse r) {
      return new Message.ReadIndexResponse(from, to, term, maybe(r.context()), maybe(r.index()));
    }
    return new Message.TimeoutNow(from, to, term);
  }

  private PeerMessage invented(SimWorld world, long from, long to) {
    var status = world.node(to).status();
    long near = status.commit();
    return switch (random.nextInt(12)) {
      case 0 ->
          new PeerMessage.Forward(
              List.of(new Proposal(number(from), number(near), caller(), command(new byte[0]))));
      case 1 -> new PeerMessage.ForwardChange(number(near), change());
      case 2 -> new PeerMessage.ForwardRefused(List.of(number(near), number(near)), "" + reason());
      case 3 ->
          new PeerMessage.LeaseAsk(
              number(near),
              PeerMessage.LeaseQuestion.values()[random.nextInt(2)],
              caller(),
              number(7));
      case 4 -> new PeerMessage.LeaseAnswer(number(near), number(7), number(7), reason());
      case 5 -> chunk(status.term(), near);
      case 6 -> new PeerMessage.SnapshotAck(number(near), number(near), reason());
      case 7 -> new PeerMessage.HashAsk(number(near), number(near));
      case 8 ->
          new PeerMessage.HashAnswer(
              number(near), random.nextInt(), number(near), number(near), reason());
      default -> new PeerMessage.OfRaft(invented(from, to, number(status.term()), near));
    };
  }

  private Message invented(long from, long to, long term, long near) {
    return switch (random.nextInt(10)) {
      case 0 ->
          new Message.AppendRequest(
              from, to, term, position(term, near), entries(term, near), number(near));
      case 1 ->
          new Message.AppendResponse(
              from, to, term, number(near), random.nextBoolean(), position(term, near));
      case 2 -> new Message.Heartbeat(from, to, term, number(near), number(3));
      case 3 -> new Message.HeartbeatResponse(from, to, term, number(3));
      case 4 ->
          new Message.VoteRequest(
              from, to, term, position(term, near), random.nextBoolean(), random.nextBoolean());
      case 5 ->
          new Message.VoteResponse(
              from, to, term, random.nextBoolean(), random.nextBoolean(), position(term, near));
      case 6 -> new Message.InstallSnapshot(from, to, term, meta(term, near));
      case 7 -> new Message.TimeoutNow(from, to, term);
      case 8 -> new Message.ReadIndexRequest(from, to, term, number(3));
      default -> new Message.ReadIndexResponse(from, to, term, number(3), number(near));
    };
  }

  /** Whole snapshots in one chunk, and pieces of others. */
  private PeerMessage chunk(long term, long near) {
    byte[] data = bytes();
    boolean whole = random.nextBoolean();
    return new PeerMessage.SnapshotChunk(
        number(near),
        number(term),
        meta(term, near),
        whole ? data.length : number(data.length),
        whole ? 0 : number(0),
        crc32c(data),
        data);
  }

  private List<Entry> entries(long term, long near) {
    List<Entry> entries = new ArrayList<>();
    long index = number(near);
    for (int i = random.nextInt(4); i > 0; i--) {
      entries.add(new Entry(new LogPosition(number(term), ++index), kind(), batch()));
    }
    return entries;
  }

  private List<Entry> maybe(List<Entry> real) {
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : real) {
      if (!mutate()) {
        entries.add(entry);
      } else if (random.nextBoolean()) {
        entries.add(new Entry(maybe(entry.position()), entry.kind(), batch()));
        entries.add(entry);
      }
    }
    return entries;
  }

  /** Entries that can be read: what cannot ends a member when it is applied, and has to. */
  private byte[] batch() {
    return random.nextInt(3) == 0
        ? new byte[0]
        : CommandCodec.encodeBatch(
            new CommandCodec.Batch(
                version(),
                number(1),
                List.of(
                    new Proposal(
                        number(1), number(1), caller(), CommandCodec.encode(anyCommand())))));
  }

  private Entry.Kind kind() {
    return Entry.Kind.NORMAL;
  }

  private byte[] command(byte[] real) {
    return switch (random.nextInt(4)) {
      case 0 -> bytes();
      case 1 -> Arrays.copyOf(real, random.nextInt(real.length + 1));
      default -> CommandCodec.encode(anyCommand());
    };
  }

  private Command anyCommand() {
    Bytes key = random.nextInt(4) == 0 ? Bytes.EMPTY : Bytes.utf8("nonsense" + random.nextInt(9));
    Command.Put put = new Command.Put(key, key, number(0), mutate(), mutate(), mutate());
    return switch (random.nextInt(11)) {
      case 0 -> new Command.DeleteRange(new KeyRange(key, Bytes.EMPTY), mutate());
      case 1 -> new Command.Compact(number(3), mutate());
      case 2 -> new Command.LeaseGrant(number(7), number(60));
      case 3 -> new Command.LeaseGrantMillis(number(7), number(60_000));
      case 4 -> new Command.LeaseRevoke(number(7));
      case 5 -> new Command.LeaseExpire(List.of(number(7), number(7)));
      case 6 -> new Command.MemberPublish(number(2), "x", List.of("http://%zz"));
      case 7 -> new Command.MemberUpdate(number(2), List.of("mailto:nobody"));
      case 8 -> new Command.Txn(List.of(), List.of(put, put), List.of());
      case 9 -> new Command.RaiseLevel(FeatureLevel.NEWEST);
      default -> put;
    };
  }

  private int version() {
    return FormatVersion.FIRST + random.nextInt(2);
  }

  private Caller caller() {
    return switch (random.nextInt(4)) {
      case 0 -> Caller.NODE;
      case 1 -> new Caller.User("root", number(1));
      case 2 -> new Caller.Certificate("root", number(1));
      default -> Caller.NOBODY;
    };
  }

  private byte[] change() {
    if (random.nextInt(4) == 0) {
      return bytes();
    }
    MemberChange change =
        switch (random.nextInt(3)) {
          case 0 ->
              new MemberChange.Add(number(9), List.of("http://m9:2380"), random.nextBoolean());
          case 1 -> new MemberChange.Remove(number(9));
          default -> new MemberChange.Promote(number(2));
        };
    return CommandCodec.encodeChange(
        new CommandCodec.ProposedChange(version(), number(1), number(1), caller(), change));
  }

  private SnapshotMeta meta(long term, long near) {
    return new SnapshotMeta(position(term, near), conf());
  }

  private ConfState conf() {
    List<Long> voters = List.of(number(1), number(2));
    return random.nextBoolean()
        ? new ConfState(List.of(1L, 2L, 3L), List.of(), List.of(), List.of(), false)
        : new ConfState(voters, List.of(number(3)), List.of(number(1)), List.of(), mutate());
  }

  private ConfState maybe(ConfState real) {
    return mutate() ? conf() : real;
  }

  private LogPosition position(long term, long index) {
    return new LogPosition(number(term), number(index));
  }

  private LogPosition maybe(LogPosition real) {
    return new LogPosition(maybe(real.term()), maybe(real.index()));
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return bytes;
  }

  private @Nullable String reason() {
    return switch (random.nextInt(4)) {
      case 0 -> null;
      case 1 -> "there is no such error";
      default -> EtcdError.values()[random.nextInt(EtcdError.values().length)].name();
    };
  }

  private boolean mutate() {
    return random.nextInt(4) == 0;
  }

  private long maybe(long real) {
    return mutate() ? number(real) : real;
  }

  private long number(long near) {
    return switch (random.nextInt(8)) {
      case 0, 1, 2 -> near;
      case 3, 4 -> near + random.nextInt(7) - 3;
      case 5 -> random.nextInt(12) - 2;
      case 6 -> EXTREMES[random.nextInt(EXTREMES.length)];
      default -> random.nextLong();
    };
  }

  private static int crc32c(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }
}
